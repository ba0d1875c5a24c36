"""`ecnas track` as people run it: what it passes through, refuses, survives and tells.

    python3 track_test.py PROGRAM
"""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

from contract import PROGRAM, ecnas
from tracking import Tracking, busy


class PassesThrough(Tracking):
    def test_the_commands_exit_status_is_ours(self):
        for status in (0, 1, 3, 77, 255):
            document, _, _ = self.track("sh", "-c", f"exit {status}", status=status)
            self.assertEqual(document["exit_status"], status)

    def test_a_signal_that_ends_the_command_ends_us(self):
        for name in ("TERM", "KILL", "INT", "SEGV"):
            document, _, _ = self.track("sh", "-c", f"kill -{name} $$",
                                        status=-signal.Signals["SIG" + name])
            self.assertEqual(document["exit_status"], 128 + signal.Signals["SIG" + name])

    def test_standard_streams_are_the_commands(self):
        document, out, errors = self.track("sh", "-c", "cat; echo problem >&2", input=b"in\0put")
        self.assertEqual(out, b"in\0put")
        self.assertIn("problem", errors)
        self.assertIn("ecnas: ", errors)
        self.assertEqual(document["command"][0], "sh")

    def test_quiet_says_nothing(self):
        _, errors = ecnas("track", "--quiet", "--", "true")
        self.assertEqual(errors, "")

    def test_the_command_gets_our_environment_and_no_file_of_ours(self):
        _, out, _ = self.track(sys.executable, "-c",
                               "import os; print(os.environ['X'], *sorted(os.listdir('/proc/self/fd')))",
                               env={**os.environ, "X": "y"})
        self.assertEqual(out.split(), [b"y", b"0", b"1", b"2", b"3"])  # 3: the listing itself

    def test_the_command_has_the_signals_that_we_were_given(self):
        script = "grep -E 'SigBlk|SigIgn' /proc/self/status"
        bare = subprocess.run(["sh", "-c", f"trap '' INT HUP; sh -c \"{script}\""],
                              capture_output=True, check=True).stdout
        tracked = subprocess.run(
            ["sh", "-c", f"trap '' INT HUP; '{PROGRAM}' track --quiet -- sh -c \"{script}\""],
            capture_output=True, check=True).stdout
        # The C library has what it starts ignore two signals of its own, 32 and 33.
        self.assertEqual([int(word, 16) & ~(3 << 31) for word in tracked.split()[1::2]],
                         [int(word, 16) for word in bare.split()[1::2]])

    def test_whoever_has_childrens_ends_ignored_gets_the_status_all_the_same(self):
        self.track("sh", "-c", "exit 9", status=9,
                   preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))

    def test_options_behind_the_dashes_are_the_commands(self):
        _, out, _ = self.track("echo", "--pue", "0", "--", "--help")
        self.assertEqual(out, b"--pue 0 -- --help\n")

    def test_a_signal_sent_to_us_reaches_the_command(self):
        for name in ("SIGTERM", "SIGINT", "SIGUSR1", "SIGHUP"):
            process = subprocess.Popen(
                [PROGRAM, "track", "--quiet", "--", sys.executable, "-c",
                 "import signal, sys\n"
                 f"signal.signal(signal.{name}, lambda *_: sys.exit(41))\n"
                 "print('ready', flush=True)\nsignal.pause()"],
                stdout=subprocess.PIPE)
            process.stdout.readline()
            process.send_signal(signal.Signals[name])
            self.assertEqual(process.wait(60), 41, name)
            process.stdout.close()

    def test_scripts_without_a_first_line_run_as_in_shells(self):
        script = self.directory / "script"
        script.write_text("echo from the shell $1\n")
        script.chmod(0o755)
        _, out, _ = self.track(script, "x")
        self.assertEqual(out, b"from the shell x\n")

    def test_a_command_that_stops_and_goes_on_is_waited_for(self):
        document, _, _ = self.track(
            "sh", "-c", "(sleep 0.5; kill -CONT $$) & kill -STOP $$; exit 5", status=5)
        self.assertGreaterEqual(document["duration_s"], 0.4)


class Refuses(Tracking):
    def test_what_cannot_be_started(self):
        ecnas("track", "--", "no-such-command-here", status=127)
        ecnas("track", "--", self.directory / "nothing", status=127)
        ecnas("track", "--", self.directory, status=126)
        text = self.directory / "text"
        text.write_text("hello")
        ecnas("track", "--", text, status=126)

    def test_a_command_that_did_not_start_leaves_no_document(self):
        ecnas("track", "-o", self.directory / "t.json", "--", "no-such-command-here", status=127)
        self.assertEqual(list(self.directory.iterdir()), [])

    def refused_before(self, status, *options, part):
        ran = self.directory / "ran"
        _, errors = ecnas("track", *options, "--", "touch", ran, status=status)
        self.assertIn(part, errors)
        self.assertFalse(ran.exists(), "the command was started")

    def test_bad_options_are_told_before_the_command_starts(self):
        self.refused_before(2, "--interval", "0", part="--interval")
        self.refused_before(2, "--interval", "-1", part="--interval")
        self.refused_before(2, "--interval", "nan", part="--interval")
        self.refused_before(2, "-o", self.directory / "x", "--samples", self.directory / "x",
                            part="two outputs")
        self.refused_before(2, "--pue", "0.99", part="--pue")
        self.refused_before(2, "--pue", "nan", part="--pue")
        self.refused_before(2, "--zone", "Denmrk", part="Denmark")
        self.refused_before(2, "--zone", "DK", "--carbon-intensity", "5", part="xcludes")
        self.refused_before(2, "--carbon-intensity", "-1", part="--carbon-intensity")
        self.refused_before(2, "--cpu-power", "50,40", part="power curve")
        self.refused_before(2, "--rest", "-1", part="--rest")
        self.refused_before(2, "--live", "nobody", part="nobody")
        self.refused_before(2, "--json", part="--output")
        self.refused_before(2, "--plot", self.directory / "p.txt", part="p.txt")
        self.refused_before(4, "--intensity-file", self.directory / "none", part="none")
        self.refused_before(5, "-o", self.directory / "no" / "t.json", part="t.json")
        self.refused_before(5, "--samples", self.directory / "no" / "t.csv", part="t.csv")
        self.refused_before(5, "-o", self.directory, part=str(self.directory))

    def test_no_command_says_how(self):
        for arguments in ([], ["--"], ["-o", self.directory / "x"]):
            self.assertIn("after '--'", ecnas("track", *arguments, status=2)[1])
        self.assertIn("put '--' before", ecnas("track", "sleep", "1", status=2)[1])
        self.assertEqual(list(self.directory.iterdir()), [])

    def test_a_full_disk_keeps_the_commands_failure_and_else_tells_ours(self):
        self.assertIn("/dev/full", ecnas("track", "-o", "/dev/full", "--", "true", status=5)[1])
        ecnas("track", "-o", "/dev/full", "--", "sh", "-c", "exit 3", status=3)


class Survives(Tracking):
    def test_what_was_measured_before_we_were_killed_comes_back(self):
        document = self.directory / "t.json"
        root, _ = self.machine({"package-0": 5_000_000})
        process = subprocess.Popen(
            [PROGRAM, "track", "-o", document, "--root", root, "--nvml", "", "--interval", "0.02",
             "--", sys.executable, "-c", "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(20)"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        child = int(process.stdout.readline())
        journal = self.directory / "t.json.journal"
        while journal.read_bytes().count(b"\n") < 10:
            time.sleep(0.02)
        process.kill()
        process.wait()
        os.kill(child, 0)  # the command lives on
        os.kill(child, signal.SIGKILL)
        process.stdout.close()
        self.assertFalse(document.exists())
        out, _ = ecnas("track", "import", journal, "--json")
        recovered = json.loads(out)
        self.assertGreater(recovered["duration_s"], 0.1)
        self.assertEqual(recovered["components"][0]["name"], "package-0")
        self.assertIn("recovered", recovered["notes"][-1])

    def test_a_finished_measurement_leaves_no_journal(self):
        self.track("true")
        self.assertEqual([p.name for p in self.directory.iterdir()], ["t.json"])

    def test_a_document_reads_back(self):
        document, _, _ = self.track("true")
        self.assertEqual(json.loads(ecnas("track", "import", self.directory / "t.json", "--json")[0]),
                         document)


class Provider(http.server.BaseHTTPRequestHandler):
    answer = b'{"data":[{"from":"2026-01-01T12:00Z","to":"2026-01-01T12:30Z",' \
             b'"intensity":{"forecast":150,"actual":140,"index":"low"}}]}'
    status = 200

    def do_GET(self):
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_):
        pass


class Carbon(Tracking):
    def test_a_zone_has_a_year_and_a_source(self):
        document, _, errors = self.track("true", options=("--zone", "dk", "--equivalents"))
        self.assertEqual(document["carbon_intensity"]["zone"], "DK")
        self.assertTrue(document["carbon_intensity"]["source"])
        self.assertGreater(int(document["carbon_intensity"]["time"]), 2015)
        self.assertAlmostEqual(document["co2eq_g"],
                               document["energy_kwh"] * document["carbon_intensity_g_per_kwh"])
        self.assertIn("gCO2eq", errors)

    def test_a_series_weighs_energies_by_their_time(self):
        now = time.time()
        series = self.directory / "i.csv"
        series.write_text("unix_s,g_per_kwh\n%d,100\n%d,100\n%d,900\n" % (
            now - 7200, now - 3600, now + 3600))
        document, _, _ = self.track(*busy(0.2), options=("--intensity-file", series))
        self.assertAlmostEqual(document["carbon_intensity_g_per_kwh"], 100)

    def test_a_series_of_another_time_is_no_intensity(self):
        series = self.directory / "i.csv"
        series.write_text("unix_s,g_per_kwh\n1000,100\n2000,100\n")
        document, _, _ = self.track("true", options=("--intensity-file", series))
        self.assertIsNone(document["co2eq_g"])
        self.assertIn("carbon intensity", document["notes"][-1])

    def live(self, server, *options):
        address = "http://127.0.0.1:%d/" % server.server_address[1]
        return self.track(*busy(0.2), options=("--live", "uk-carbon-intensity", *options),
                          env={**os.environ, "ECNAS_INTENSITY_ADDRESS": address,
                               "XDG_CACHE_HOME": str(self.directory / "cache")})[0]

    def test_a_provider_is_asked_and_never_in_the_way(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.assertAlmostEqual(self.live(server)["carbon_intensity_g_per_kwh"], 140)
        Provider.status = 500
        self.addCleanup(setattr, Provider, "status", 200)
        cached = self.live(server)  # asked a moment ago
        self.assertAlmostEqual(cached["carbon_intensity_g_per_kwh"], 140)
        for file in (self.directory / "cache").rglob("*"):
            if file.is_file():
                file.unlink()
        failed = self.live(server)
        self.assertIsNone(failed["co2eq_g"])
        self.assertIn("carbon intensity", failed["notes"][-1])
        self.assertEqual(failed["exit_status"], 0)


class Sources(Tracking):
    def test_the_list_says_what_there_is_and_what_is_missing(self):
        root, _ = self.machine({"package-0": 5_000_000, "psys": 1_000_000, "package-1": 0})
        out, _ = ecnas("track", "--list", "--root", root, "--nvml", "", "--json")
        listed = json.loads(out)
        sources = {s["name"]: s for s in listed["sources"]}
        self.assertTrue(sources["package-0"]["counted"])
        self.assertFalse(sources["psys"]["counted"])
        self.assertEqual([m["name"] for m in listed["missing"]], ["package-1"])
        text, _ = ecnas("track", "--doctor", "--root", root, "--nvml", "")
        self.assertIn(b"package-0", text)
        self.assertIn(b"nothing counts behind it", text)

    def self_test(self, share, status):
        """Of a package whose register tells this share of what powercap tells."""
        root, counters = self.machine({"package-0": 5_000_000})
        cpuinfo = root / "proc" / "cpuinfo"
        cpuinfo.write_text("processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n")
        topology = root / "sys" / "devices" / "system" / "cpu" / "cpu0" / "topology"
        topology.mkdir(parents=True, exist_ok=True)
        (topology / "physical_package_id").write_text("0\n")
        (root / "dev" / "cpu" / "0").mkdir(parents=True, exist_ok=True)
        registers = root / "dev" / "cpu" / "0" / "msr"

        content = bytearray(0x619)
        content[0x607] = 0x0E  # units of 2^-14 J
        registers.write_bytes(content)

        def tell(joules):
            with registers.open("r+b", buffering=0) as file:  # which stays open elsewhere
                file.seek(0x611)
                file.write(int(joules * share * 2**14).to_bytes(4, "little"))
            new = counters["package-0"].with_suffix(".new")
            new.write_text(f"{int(joules * 1e6)}\n")
            new.rename(counters["package-0"])

        tell(5)
        ended = threading.Event()

        def go_on():
            begin = time.monotonic()
            while not ended.wait(0.02):
                tell(5 + 50 * (time.monotonic() - begin))

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            return ecnas("track", "--self-test", "--root", root, "--nvml", "", "--json",
                         status=status)
        finally:
            ended.set()
            thread.join()

    def test_a_self_test_compares_two_ways_to_one_package(self):
        out, _ = self.self_test(1, 0)
        self.assertEqual(json.loads(out)["compared"], 1)
        out, errors = self.self_test(0.5, 3)
        self.assertFalse(json.loads(out)["agree"])
        self.assertIn("sources disagree: package-0", errors)

    def test_a_self_test_without_two_sources_says_so(self):
        root, _ = self.machine({"package-0": 5_000_000})
        self.assertIn("no two sources", ecnas("track", "--self-test", "--root", root, "--nvml", "",
                                              status=6)[1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
