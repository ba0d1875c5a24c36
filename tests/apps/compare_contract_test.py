"""What `ecnas compare` promises: files, the same bytes, going on after a kill, exit statuses.

Standard library only.
"""

import csv
import json
import signal
import subprocess
import time
import unittest

from contract import PROGRAM, Directory, ecnas, ecnas_json

TEMPLATE = PROGRAM.parent.parent / "share" / "ecnas" / "page" / "page.html"
INDICATORS = ("hypervolume_share", "hypervolume", "regret", "igd_plus", "additive_epsilon",
              "multiplicative_epsilon", "r2", "spread", "points_found", "points_found_share")


class Compare(Directory):
    def setUp(self):
        super().setUp()
        self.output = self.directory / "runs"

    def arguments(self, *more, evaluations=6, trials=7):
        return ("compare", self.table(), "--algorithms", "semoa,random,small=nsga2", "--option",
                "small.population=4", "--evaluations", evaluations, "--trials", trials, "--seed", 3,
                "-o", self.output, *more)

    def lasting(self, output):
        """Files that have the same bytes in every run."""
        return {str(file): digest for file, digest in self.tree(output).items()
                if file.suffix != ".cost" and file.name not in ("timings.json", "index.html")}

    def test_the_document_holds_every_indicator_with_its_interval_and_every_test(self):
        document = ecnas_json(*self.arguments())
        self.assertEqual(list(document["algorithms"]), ["semoa", "random", "small"])
        self.assertEqual(document["algorithms"]["small"]["algorithm"], "nsga2")
        self.assertEqual(document["algorithms"]["small"]["options"]["population"], 4)
        for algorithm in document["algorithms"].values():
            for indicator in INDICATORS:
                summary = algorithm[indicator]
                self.assertEqual(len(summary["trials"]), 7)
                self.assertAlmostEqual(summary["mean"], sum(summary["trials"]) / 7)
                self.assertLessEqual(summary["interval"][0], summary["mean"] + 1e-12)
                self.assertGreaterEqual(summary["interval"][1], summary["mean"] - 1e-12)
                self.assertIn(indicator, algorithm["area"]["energy_kwh"])
            for trial in range(7):
                self.assertAlmostEqual(algorithm["regret"]["trials"][trial],
                                       document["optimum"]["hypervolume"]
                                       - algorithm["hypervolume"]["trials"][trial])
        self.assertEqual(len(document["tests"]), 3)
        for test in document["tests"]:
            self.assertGreaterEqual(test["wilcoxon_adjusted"], test["wilcoxon_p"])
        self.assertEqual(len(document["ranks"]["mean_ranks"]), 3)
        self.assertEqual(json.loads((self.output / "comparison.json").read_text()), document)

    def test_tables_are_csv_and_agree_with_the_document(self):
        document = ecnas_json(*self.arguments())
        with open(self.output / "trials.csv", newline="", encoding="utf-8") as file:
            trials = list(csv.DictReader(file))
        self.assertEqual(len(trials), 21)
        for row in trials:
            value = document["algorithms"][row["algorithm"]]["igd_plus"]["trials"]
            self.assertAlmostEqual(float(row["igd_plus"]), value[int(row["trial"]) - 1], places=7)
        with open(self.output / "curves.csv", newline="", encoding="utf-8") as file:
            curves = list(csv.DictReader(file))
        self.assertEqual({row["indicator"] for row in curves}, set(INDICATORS))
        self.assertEqual({row["resource"] for row in curves},
                         {"evaluations", "energy_kwh", "co2eq_g", "training_time_s"})
        timings = json.loads((self.output / "timings.json").read_text())
        self.assertGreater(timings["algorithms"]["semoa"]["own_seconds"], 0)
        self.assertEqual(timings["algorithms"]["semoa"]["energy_is"], "modelled")

    def test_the_same_arguments_give_the_same_bytes_on_one_two_and_three_threads(self):
        printed = {ecnas(*self.arguments("--json", "--threads", 1))[0]}
        expected = self.lasting(self.output)
        self.assertEqual(len(expected), 21 + 5)
        for threads in (2, 3):
            self.output = self.directory / f"runs-{threads}"
            printed.add(ecnas(*self.arguments("--json", "--threads", threads))[0])
            self.assertEqual(self.lasting(self.output), expected)
        self.assertEqual(len(printed), 1)

    def test_a_killed_run_goes_on_and_ends_as_one_that_was_not(self):
        long = self.arguments(evaluations=14, trials=600)
        whole, _ = ecnas(*long, "--json")
        expected = self.lasting(self.output)
        self.output = self.directory / "again"
        long = list(map(str, self.arguments(evaluations=14, trials=600)))
        with subprocess.Popen([PROGRAM, *long, "--threads", "1"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            while len(list(self.output.glob("trials/*.csv"))) < 20 and process.poll() is None:
                time.sleep(0.001)
            process.kill()
        kept = {file: file.stat().st_mtime_ns for file in self.output.glob("trials/*.csv")}
        self.assertGreaterEqual(len(kept), 20)
        self.refused(2, *long)
        self.assertEqual(ecnas(*long, "--json", "--resume")[0], whole)
        self.assertEqual(self.lasting(self.output), expected)
        for file, modified in kept.items():
            self.assertEqual(file.stat().st_mtime_ns, modified, file)

    def test_an_interrupted_run_says_how_to_go_on(self):
        long = list(map(str, self.arguments(evaluations=14, trials=3000)))
        with subprocess.Popen([PROGRAM, *long], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            while not list(self.output.glob("trials/*.csv")) and process.poll() is None:
                time.sleep(0.001)
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate()
        self.assertEqual(process.returncode, 130, errors)
        self.assertEqual(output, b"")
        self.assertRegex(errors.decode(), r"\d+ of 9000 trials are done and kept in .*--resume")
        self.assertFalse((self.output / "comparison.json").exists())

    def test_a_damaged_trial_is_named_and_run_again(self):
        first, _ = ecnas(*self.arguments("--json"))
        file = self.output / "trials" / "semoa-004.csv"
        content = file.read_bytes()
        file.write_bytes(content[:200])
        again, errors = ecnas(*self.arguments("--json", "--resume"))
        self.assertEqual(again, first)
        self.assertIn("semoa-004.csv", errors)
        self.assertEqual(file.read_bytes(), content)

    def test_the_directory_of_another_run_is_refused_by_its_differences(self):
        ecnas(*self.arguments())
        before = self.tree(self.output)
        self.assertIn("--resume", self.refused(2, *self.arguments()))
        errors = self.refused(2, *self.arguments("--resume", evaluations=8))
        self.assertIn("evaluations is 6 there, 8 here", errors)
        self.assertEqual(self.tree(self.output), before)

    def test_one_trial_makes_no_test(self):
        document = ecnas_json(*self.arguments(trials=1))
        self.assertEqual(document["tests"], [])
        self.assertIsNone(document["ranks"])
        self.assertIsNone(document["algorithms"]["semoa"]["hypervolume"]["std"])
        self.assertIn("no test is made", " ".join(document["verdict"]))

    def test_a_reference_point_that_nothing_reaches_is_warned_of(self):
        output, errors = ecnas(*self.arguments("--json", "--reference-point", "0,0"))
        document = json.loads(output)
        self.assertIn("every hypervolume is 0", errors)
        self.assertEqual(document["algorithms"]["random"]["hypervolume"]["mean"], 0)
        self.assertGreater(document["algorithms"]["random"]["hypervolume_share"]["mean"], 0)

    def test_constraints_hold_for_what_is_judged(self):
        document = ecnas_json(*self.arguments("--constraint", "energy<=0.03", evaluations=14))
        self.assertEqual(document["parameters"]["constraints"].split("<=")[0], "energy")
        for algorithm in document["algorithms"].values():
            for corners in algorithm["attainment"].values():
                for energy, _ in corners:
                    self.assertLessEqual(energy, 0.03 + 1e-8)

    def test_people_read_a_table_and_a_verdict(self):
        output = ecnas(*self.arguments())[0].decode()
        self.assertRegex(output, r"algorithm +share +interval")
        self.assertRegex(output, r"semoa +0\.\d{4} ± 0\.\d{4}")
        self.assertIn("has the largest mean share", output)
        self.assertIn("nothing is said of others", output)

    @unittest.skipUnless(TEMPLATE.exists(), "this build has no template of pages")
    def test_the_page_holds_every_section(self):
        ecnas(*self.arguments())
        page = (self.output / "index.html").read_text(encoding="utf-8")
        for heading in ("What is found", "On the way there", "Which of them are told apart",
                        "Where they differ", "Knees", "What searching costs", "How it was made"):
            self.assertRegex(page, f"<h2[^>]*>{heading}</h2>")


if __name__ == "__main__":
    unittest.main(argv=["compare_contract_test", "-v"])
