#!/usr/bin/env python3
"""What `ecnas track -- COMMAND` costs, beside CodeCarbon's and carbontracker's commands, on the same
busy loop: a fixed count of steps in one process, about --seconds long.

    cmake --build --preset release
    python3 -m venv PEERS && PEERS/bin/pip install codecarbon carbontracker
    bench/track_overhead.py --peers PEERS/bin/python [--repeats 5] [--json track.json]

Medians of --repeats, after one run that does not count, the tools taking turns:

    start-up       wall time from the launch to the loop's first instruction, the bare launch taken off
    wind-down      wall time from the loop's last instruction to the tool's end, the bare one taken off
    CPU in all     processor seconds of the tool and of all that it started, less the loop's own
                   and those of a bare launch
    CPU at work    the tool's processor time while the loop ran, as a share of one core: what grows
                   with the length of a run; helpers in processes of their own are in "CPU in all"
    energy, power  as the tool reports it for the loop; "asleep": for a sleep of that length (one run)
    status         what becomes of the loop's exit status of 3

Nothing goes to the network on purpose: CodeCarbon runs offline, carbontracker without keys (it asks
for its location all the same; where no name server answers, that time is in its start-up). Tools
that are absent or fail are shown as that."""

import argparse
import csv
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
KWH = 3.6e6  # J
STATUS = 3

# The clock of another process's processor time is numbered as Linux numbers it: (~pid << 3) | 2.
LOOP = """\
import time
began = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
import os
import sys

def cpu_of(pid):
    return time.clock_gettime_ns((~pid << 3) | 2)

count, seconds, record, status = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], int(sys.argv[4])
parent = os.getppid()
parent_cpu = cpu_of(parent)
working = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
state = 1
for _ in range(count):
    state = (state * 1103515245 + 12345) & 0x7FFFFFFF
time.sleep(seconds)
parent_cpu = cpu_of(parent) - parent_cpu
ended = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
with open(record, "w") as file:
    print(began, ended, (ended - working) / 1e9, parent_cpu / 1e9, time.process_time(), file=file)
os._exit(status)
"""


class Failed(Exception):
    pass


def read_ecnas(folder):
    document = json.loads((folder / "track.json").read_text(encoding="utf-8"))
    qualities = sorted({component["quality"] for component in document["components"]})
    return document["energy_kwh"] * KWH, ", ".join(qualities) or "none"


def read_codecarbon(folder):
    with open(folder / "emissions.csv", encoding="utf-8", newline="") as file:
        row = list(csv.DictReader(file))[-1]
    return float(row["energy_consumed"]) * KWH, "quality not stated"


def read_carbontracker(folder):
    log = next(folder.glob("logs/*_carbontracker_output.log")).read_text(encoding="utf-8")
    return float(re.search(r"Energy:\s*(\S+) kWh", log)[1]) * KWH, "quality not stated, PUE in it"


def version_of(python, package):
    """None without the package."""
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def tools(options):
    """[(name, version or None, command before the loop's, reader of the energy)]"""
    result = [("bare", "", [], None)]
    version = None
    if options.ecnas.exists():
        done = subprocess.run([options.ecnas, "--version"], capture_output=True, text=True, check=False)
        version = next(iter(done.stdout.split("\n")), "").removeprefix("ecnas ").strip()
    ecnas = [options.ecnas, "track", "--output", "track.json", "--"]
    result.append(("ecnas track", version, ecnas, read_ecnas))
    # The folder that the interpreter was named in: its links are not followed.
    folder = options.peers.absolute().parent if options.peers else pathlib.Path("/nonexistent")
    offline = ["--offline", "--country-iso-code", "DNK", "--"]
    for name, arguments, reader in (
        ("codecarbon", ["monitor", *offline], read_codecarbon),
        ("carbontracker", ["--log_dir", "logs"], read_carbontracker),
    ):
        program = folder / name
        version = version_of(options.peers, name) if program.exists() else None
        result.append((name, version, [program, *arguments], reader))
    return result


def run_once(command, reader, loop, status=STATUS):
    """One run in a folder of its own; loop = (steps, seconds of sleep)."""
    steps, seconds = loop
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "loop.py").write_text(LOOP, encoding="utf-8")
        arguments = [steps, seconds, folder / "record", status]
        work = [sys.executable, "-I", "-S", folder / "loop.py", *arguments]
        # numpy's BLAS is to choose its kernel itself; a configuration of the user's is not read.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        with open(folder / "out", "wb") as out:
            launched = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            process = subprocess.Popen(
                [str(word) for word in (*command, *work)],
                cwd=folder, env=environment | {"HOME": name},
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
            _, wait_status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(wait_status)
            finished = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        if not (folder / "record").exists():
            lines = (folder / "out").read_text(encoding="utf-8", errors="replace").split("\n")
            raise Failed(next((line for line in lines if line.strip()), "no output"))
        record = (folder / "record").read_text(encoding="utf-8").split()
        began, ended = int(record[0]), int(record[1])
        ran, parent_cpu, own_cpu = map(float, record[2:])
        try:
            energy, quality = reader(folder) if reader else (None, "")
        except (OSError, KeyError, TypeError, StopIteration, ValueError) as error:
            raise Failed(f"its result cannot be read: {error!r}") from error
        return {
            "start_up_s": (began - launched) / 1e9,
            "wind_down_s": (finished - ended) / 1e9,
            "cpu_s": usage.ru_utime + usage.ru_stime - own_cpu,
            "cpu_share_at_work": parent_cpu / ran if command else 0.0,
            "loop_s": ran,
            "energy_j": energy,
            "power_w": None if energy is None else energy / ran,
            "quality": quality,
            "status": process.returncode,
        }


def steps_for(seconds):
    """Steps of the loop that take about so long."""
    trial = 1_000_000
    times = [run_once([], None, (trial, 0))["loop_s"] for _ in range(3)]
    return round(trial * seconds / min(times))


def measure(options, found, steps):
    """{tool: [runs]}; a tool that fails has a text in place of them."""
    results = {}
    for name, version, _, _ in found:
        results[name] = [] if version is not None else "absent"
    for repeat in range(-1, options.repeats):
        for name, _, command, reader in found:
            if isinstance(results[name], str):
                continue
            try:
                run = run_once(command, reader, (steps, 0) if repeat >= 0 else (0, 0.2))
            except (Failed, OSError) as failure:
                results[name] = f"failed: {failure}"
                continue
            if repeat >= 0:
                results[name].append(run)
    return results


def summary_of(runs, bare):
    """Medians, [lowest, highest] beside them; the bare launch's medians taken off."""
    result = {"runs": len(runs)}
    launching = ("start_up_s", "wind_down_s", "cpu_s")
    for key in (*launching, "cpu_share_at_work", "loop_s", "energy_j", "power_w"):
        values = [run[key] for run in runs if run[key] is not None]
        off = bare.get(key, 0.0) if key in launching else 0.0
        if values:
            result[key] = statistics.median(values) - off
            result[key + "_range"] = [min(values) - off, max(values) - off]
    result["quality"] = runs[0]["quality"]
    result["status"] = sorted({run["status"] for run in runs})
    return result


def summarise(options, found, results):
    bare = summary_of(results["bare"], {})
    document = []
    for name, version, command, reader in found:
        entry = {"tool": name, "version": version}
        if isinstance(results[name], str):
            entry["not_measured"] = results[name]
        else:
            entry |= bare if name == "bare" else summary_of(results[name], bare)
        if reader and "not_measured" not in entry:
            try:
                entry["power_asleep_w"] = run_once(command, reader, (0, bare["loop_s"]))["power_w"]
            except Failed as failure:
                print(f"{name}: no energy of a sleep: {failure}", file=sys.stderr)
        document.append(entry)
    return document


def conditions():
    cpu = platform.machine()
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    powercap = pathlib.Path("/sys/class/powercap")
    return {
        "cpu": cpu,
        "processors": os.cpu_count(),
        "load": [round(value, 1) for value in os.getloadavg()],
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "powercap": sorted(zone.name for zone in powercap.glob("intel-rapl:*")),
    }


def with_range(entry, key, scale, digits):
    if key not in entry:
        return ""
    low, high = entry[key + "_range"]
    show = [f"{value * scale:.{digits}f}" for value in (entry[key], low, high)]
    return f"{show[0]} ({show[1]}–{show[2]})"


def print_table(tools_measured):
    print(f"{'tool':22} {'start-up, ms':>22} {'wind-down, ms':>21} {'CPU in all, s':>24} "
          f"{'CPU at work, %':>19} {'energy, J':>9} {'power, W':>9} {'asleep, W':>9}  "
          "status")  # fmt: skip
    for entry in tools_measured:
        name = f"{entry['tool']} {entry['version'] or ''}".strip()
        if "not_measured" in entry:
            print(f"{name:22} {entry['not_measured']}")
            continue
        energy, power, asleep = (
            format(entry[key], ".1f") if entry.get(key) is not None else ""
            for key in ("energy_j", "power_w", "power_asleep_w")
        )
        status = ", ".join(map(str, entry["status"]))
        print(f"{name:22} {with_range(entry, 'start_up_s', 1e3, 1):>22} "
              f"{with_range(entry, 'wind_down_s', 1e3, 1):>21} {with_range(entry, 'cpu_s', 1, 4):>24} "
              f"{with_range(entry, 'cpu_share_at_work', 100, 3):>19} {energy:>9} {power:>9} "
              f"{asleep:>9}  {status}  {entry['quality']}".rstrip())  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    program = ROOT / "build" / "release" / "bin" / "ecnas"
    parser.add_argument("--ecnas", type=pathlib.Path, default=program)
    parser.add_argument("--peers", type=pathlib.Path, help="Python interpreter of a venv with the peers")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of the busy loop")
    parser.add_argument("--json", type=pathlib.Path, help="write the results there too")
    options = parser.parse_args()
    if options.repeats < 1 or options.seconds <= 0:
        parser.error("--repeats and --seconds must be positive")
    options.ecnas = options.ecnas.absolute()

    before = conditions()
    steps = steps_for(options.seconds)
    found = tools(options)
    tools_measured = summarise(options, found, measure(options, found, steps))
    loop_s = tools_measured[0]["loop_s"]
    load = ", ".join(map(str, before["load"]))
    print(f"CPU       {before['cpu']}, {before['processors']} processors, load {load}")
    print(f"system    {before['system']}, Python {before['python']}")
    print(f"counters  {', '.join(before['powercap']) or 'none in powercap'}")
    print(f"loop      {steps:,} steps, {loop_s:.2f} s; {options.repeats} runs, median (range)\n")
    print_table(tools_measured)
    if options.json:
        document = {"conditions": before, "loop_steps": steps, "tools": tools_measured}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
