"""What `ecnas track` measures: models over real processes, counters and cards that a test moves.

    python3 track_energy_test.py PROGRAM
"""

import csv
import json
import os
import pathlib
import sys
import textwrap
import unittest

from contract import CHART, ecnas
from tracking import BUSY, FAKE_NVML, STEPPING, Tracking, busy


class Models(Tracking):
    """On machines without meters; a tree without any imitates one elsewhere."""

    def energy(self, *command):
        root, _ = self.machine({})
        # The processors of the tree are those of this machine, so that shares are as here.
        (root / "proc" / "cpuinfo").write_text(pathlib.Path("/proc/cpuinfo").read_text())
        document, _, _ = self.track(*command, options=("--root", root, "--nvml", ""))
        self.assertEqual({c["quality"] for c in document["components"]}, {"modelled"})
        self.assertGreater(document["energy_kwh"], 0)
        low, high = document["energy_kwh_interval"]
        self.assertLess(low, document["energy_kwh"])
        self.assertLess(document["energy_kwh"], high)
        return document

    def test_twice_the_processors_twice_the_time_and_sleep(self):
        one = self.energy(*busy(1))["energy_kwh"]
        two_script = f"import subprocess, sys\nps = [subprocess.Popen({busy(1)!r}) for _ in range(2)]\n" \
                     "[p.wait() for p in ps]"
        two = self.energy(sys.executable, "-c", two_script)["energy_kwh"]
        longer = self.energy(*busy(2))["energy_kwh"]
        asleep = self.energy("sleep", "1")["energy_kwh"]
        self.assertTrue(1.6 <= two / one <= 2.2, two / one)
        self.assertTrue(1.8 <= longer / one <= 2.2, longer / one)
        self.assertLess(asleep, 0.1 * one)

    def test_a_command_that_is_soon_over_has_its_memory_counted(self):
        document = self.energy("sleep", "0.05")  # half of an interval
        memory = next(c for c in document["components"] if c["domain"] == "memory")
        self.assertGreater(memory["energy_kwh"], 0)

    def test_power_lies_between_the_idle_and_the_full_share_of_the_processor(self):
        document = self.energy(*busy(1))
        cpu = next(c for c in document["components"] if c["domain"] == "cpu")
        # "model: 2.73 W a busy thread, 0.684 W an idle one (350 W TDP of 128 threads, …"
        words = cpu["source"].split()
        busy_w, idle_w = float(words[1]), float(words[6])
        power_w = cpu["energy_kwh"] * 3.6e6 / document["duration_s"]
        # While others wait for the processor too, less than one of them is had.
        self.assertLessEqual(power_w, busy_w * 1.01)
        self.assertGreaterEqual(cpu["energy_kwh"] * 3.6e6, idle_w * 1)
        self.assertEqual(cpu["attribution"], "process tree")

    def test_children_of_children_and_those_left_behind_are_counted(self):
        direct = self.energy(*busy(0.5))["energy_kwh"]
        script = self.directory / "busy.py"
        script.write_text(BUSY.format(0.5))
        nested = self.energy("sh", "-c", f"sh -c '{sys.executable} {script}; true'; true")["energy_kwh"]
        self.assertTrue(0.8 < nested / direct < 1.3, nested / direct)


class Counters(Tracking):
    def steps(self, zones, which, *values, options=()):
        root, counters = self.machine(zones)
        script = self.directory / "step.py"
        script.write_text(STEPPING)
        return self.track(sys.executable, script, counters[which], *values,
                          options=("--root", root, "--nvml", "", "--interval", "0.02", *options))[0]

    def joules(self, document, name):
        component = next(c for c in document["components"] if c["name"] == name)
        return component["energy_kwh"] * 3.6e6

    def test_a_counters_difference_is_what_was_used(self):
        document = self.steps({"package-0": 5_000_000, "package-1": 7_000_000}, "package-1",
                              8_000_000, 10_000_000)
        self.assertAlmostEqual(self.joules(document, "package-1"), 3)
        self.assertAlmostEqual(self.joules(document, "package-0"), 0)
        qualities = {c["name"]: c["quality"] for c in document["components"]}
        self.assertEqual(qualities["package-1"], "counter")

    def test_a_counter_that_passes_its_end_goes_on(self):
        document = self.steps({"package-0": 262_143_000_000}, "package-0", 671_150)
        self.assertAlmostEqual(self.joules(document, "package-0"), 1, places=5)
        self.assertEqual(document["notes"], [])

    def test_a_counter_that_is_reset_loses_that_moment_and_says_so(self):
        document = self.steps({"package-0": 100_000_000_000}, "package-0", 100_001_000_000, 5_000,
                              1_005_000)
        self.assertAlmostEqual(self.joules(document, "package-0"), 2, places=5)
        self.assertLess(document["coverage"], 1)
        self.assertIn("reset", document["notes"][0])

    def test_a_counter_that_vanishes_and_returns_is_bridged(self):
        document = self.steps({"package-0": 5_000_000}, "package-0", 6_000_000, "gone", 9_000_000)
        self.assertAlmostEqual(self.joules(document, "package-0"), 4, places=5)
        self.assertIn("could not be read", document["notes"][0])

    def test_a_counter_that_goes_for_good_leaves_a_gap_in_the_coverage(self):
        document = self.steps({"package-0": 5_000_000}, "package-0", 6_000_000, "gone")
        self.assertAlmostEqual(self.joules(document, "package-0"), 1, places=5)
        self.assertLess(document["coverage"], 0.9)

    def test_pue_multiplies_the_total_alone(self):
        document = self.steps({"package-0": 5_000_000}, "package-0", 8_000_000,
                              options=("--pue", "1.5", "--carbon-intensity", "200"))
        components = sum(c["energy_kwh"] for c in document["components"])
        self.assertAlmostEqual(document["energy_kwh"], 1.5 * components)
        self.assertAlmostEqual(document["co2eq_g"], 200 * document["energy_kwh"])
        self.assertEqual(document["carbon_intensity_g_per_kwh"], 200)

    def test_samples_and_spans(self):
        samples = self.directory / "s.csv"
        root, _ = self.machine({"package-0": 5_000_000})
        script = "echo begin start-up > $ECNAS_SPANS; sleep 0.15; echo end > $ECNAS_SPANS; " \
                 "for i in 1 2; do echo begin epoch > $ECNAS_SPANS; sleep 0.1; " \
                 "echo end > $ECNAS_SPANS; done; echo nonsense > $ECNAS_SPANS; " \
                 "echo begin left open > $ECNAS_SPANS; sleep 0.1"
        document, _, errors = self.track("sh", "-c", script, options=(
            "--root", root, "--nvml", "", "--samples", samples, "--interval", "0.02", "--spans"))
        self.assertEqual([s["name"] for s in document["spans"]],
                         ["start-up", "epoch", "epoch", "left open"])
        self.assertEqual([s["complete"] for s in document["spans"]], [True, True, True, False])
        self.assertGreater(document["spans"][0]["duration_s"], 0.1)
        self.assertIn("nonsense", document["notes"][-1])
        self.assertIn("start-up", errors)
        rows = list(csv.DictReader(samples.open()))
        self.assertEqual(float(rows[0]["time_s"]), 0)
        self.assertIn("package-0_energy_j", rows[0])
        self.assertAlmostEqual(float(rows[-1]["time_s"]), document["duration_s"], places=5)

    def test_more_epochs_are_projected_with_the_start_up_kept_apart(self):
        root, counters = self.machine({"package-0": 5_000_000})
        script = self.directory / "train.py"
        script.write_text(STEPPING.split("for value")[0] + textwrap.dedent("""
            def spend(joules):
                total = int(counter.read_text()) + int(joules * 1e6)
                counter.with_suffix(".new").write_text(f"{total}\\n")
                counter.with_suffix(".new").rename(counter)
                wait()
            spans = open(os.environ["ECNAS_SPANS"], "w", buffering=1)
            spend(10)
            for joules in (4, 5, 6):
                print("begin epoch", file=spans)
                wait()
                spend(joules)
                print("end", file=spans)
                wait()
        """))
        self.track(sys.executable, script, counters["package-0"], options=(
            "--root", root, "--nvml", "", "--interval", "0.02", "--spans", "--cpu-power", "1,2"))
        out, _ = ecnas("track", "project", self.directory / "t.json", "--epochs", "13", "--json")
        energy = json.loads(out)["energy_kwh"]
        self.assertAlmostEqual(energy["per_epoch"] * 3.6e6, 5, delta=0.1)
        self.assertAlmostEqual(energy["start_up"] * 3.6e6, 10, delta=0.3)  # and some memory
        self.assertAlmostEqual(energy["total"] * 3.6e6, 10 + 13 * 5, delta=1)
        self.assertLess(energy["interval"][0], energy["total"])
        text, _ = ecnas("track", "project", self.directory / "t.json", "--epochs", "13")
        self.assertIn(b"an epoch", text)
        ecnas("track", "project", self.directory / "t.json", "--epochs", "2", status=2)
        ecnas("track", "project", self.directory / "t.json", "--epochs", "9", "--span", "x",
              status=4)

    @unittest.skipUnless(CHART.exists(), "needs the packages that draw charts")
    def test_power_over_time_is_drawn(self):
        plot = self.directory / "p.svg"
        self.track(*busy(0.5), options=("--plot", plot))
        self.assertIn("Power (W)", plot.read_text())

    def test_rest_is_measured_first_and_told_apart(self):
        root, _ = self.machine({})
        document, _, _ = self.track("true", options=(
            "--root", root, "--nvml", "", "--rest", "0.2", "--attribution", "machine"))
        self.assertIn("idle_energy_kwh", document["components"][0])
        self.assertLess(document["duration_s"], 0.2)


@unittest.skipUnless(FAKE_NVML.exists(), "needs the imitation of NVML that tests are built with")
class Cards(Tracking):
    def test_a_cards_counter_counts_and_cards_out_of_sight_do_not(self):
        script = self.directory / "nvml.txt"
        script.write_text("device 0 name=Imitation uuid=GPU-0 energy_mj=1000 "
                          "energy_per_second_mw=100000\n"
                          "device 1 name=Imitation uuid=GPU-1 energy_mj=1000 "
                          "energy_per_second_mw=100000\n")
        root, _ = self.machine({"package-0": 5_000_000})
        document, _, _ = self.track(
            "sleep", "0.5", options=("--root", root, "--nvml", FAKE_NVML),
            env={**os.environ, "ECNAS_FAKE_NVML": str(script), "CUDA_VISIBLE_DEVICES": "1"})
        cards = [c for c in document["components"] if c["domain"] == "gpu"]
        self.assertEqual([c["name"] for c in cards], ["gpu-1"])
        self.assertAlmostEqual(cards[0]["energy_kwh"] * 3.6e6, 100 * document["duration_s"],
                               delta=2)
        self.assertEqual(document["machine"]["gpus"], ["Imitation", "Imitation"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
