"""What the tests of `ecnas track` share: tracking a command, a machine in a directory.

Standard library only. The program is the first argument of the test that imports this.
"""

import json
import sys
import textwrap

from contract import PROGRAM, Directory, ecnas

FAKE_NVML = PROGRAM.parent.parent / "tests" / "energy" / "libecnas_fake_nvml.so"
BUSY = "import time\nwhile time.process_time() < {}: pass"
# Of processes that are told by lines what to do, and say when they are ready.
STEPPING = textwrap.dedent("""
    import os, pathlib, sys, time
    counter = pathlib.Path(sys.argv[1])
    def wait():
        time.sleep(0.3)   # many intervals, also on a machine that is busy
    for value in sys.argv[2:]:
        if value == "gone":
            counter.unlink()
        else:
            new = counter.with_suffix(".new")
            new.write_text(value + "\\n")
            new.rename(counter)
        wait()
""")


def busy(seconds):
    return [sys.executable, "-c", BUSY.format(seconds)]


class Tracking(Directory):
    def track(self, *command, options=(), status=0, **settings):
        """Tracks a command; its document, standard output and standard error."""
        document = self.directory / "t.json"
        document.unlink(missing_ok=True)
        out, errors = ecnas("track", "-o", document, *options, "--", *command, status=status,
                            **settings)
        return json.loads(document.read_text()), out, errors

    def machine(self, zones):
        """A machine's directory with RAPL zones: name → µJ."""
        root = self.directory / "machine"
        (root / "proc").mkdir(parents=True, exist_ok=True)
        (root / "proc" / "cpuinfo").write_text("processor\t: 0\nmodel name\t: a CPU\n")
        (root / "proc" / "stat").write_text("cpu  1 0 0 1 0 0 0 0 0 0\n")
        counters = {}
        for i, (name, energy) in enumerate(zones.items()):
            zone = root / "sys" / "class" / "powercap" / f"intel-rapl:{i}"
            zone.mkdir(parents=True, exist_ok=True)
            (zone / "name").write_text(name + "\n")
            (zone / "max_energy_range_uj").write_text("262143328850\n")
            counters[name] = zone / "energy_uj"
            counters[name].write_text(f"{energy}\n")
        return root, counters
