"""What `ecnas report` and `ecnas reproduce` promise: files, exit statuses, what is left out.

Standard library only; needs Node's packages and the template of pages, which setup.sh and the build
make, and skips without them.
"""

import csv
import json
import os
import re
import shutil
import subprocess
import unittest

from contract import DATA, PROGRAM, Directory, ecnas, ecnas_json

TEMPLATE = PROGRAM.parent.parent / "share" / "ecnas" / "page" / "page.html"
CHART = PROGRAM.parent.parent / "share" / "ecnas" / "chart" / "node_modules"


def has_model():
    try:
        ecnas("surrogate", "predict", "0100:")
    except AssertionError:
        return False
    return True


@unittest.skipUnless(TEMPLATE.exists(), "this build has no template of pages")
class Report(Directory):
    def report(self, table, *arguments):
        output = self.directory / "page"
        _, errors = ecnas("report", table, "-o", output, *arguments)
        return (output / "index.html").read_text(encoding="utf-8"), errors

    def test_a_page_of_the_users_own_table_holds_every_section(self):
        page, errors = self.report(self.table())
        for heading in ("All cells", "The Pareto front over all budgets",
                        "What replacing an operation changes", "What a search finds",
                        "What accuracy costs", "Which metrics say the same"):
            self.assertIn(heading, page)
        for line in errors.splitlines():
            self.assertTrue(line.startswith("ecnas: left out: "), line)

    def test_the_same_table_gives_the_same_bytes_on_one_thread_and_on_two(self):
        one, _ = self.report(self.table(), "--threads", "1")
        two, _ = self.report(self.table(), "--threads", "2")
        self.assertEqual(one, two)

    def test_what_a_table_lacks_is_listed_and_the_rest_is_made(self):
        page, errors = self.report("space-4v")
        self.assertIn("left out: The Pareto front over all budgets: space-4v: no metric", errors)
        self.assertIn("Left out: space-4v: no metric", page)
        self.assertIn("What replacing an operation changes", page)
        document = ecnas_json("report", "space-4v", "-o", self.directory / "page")
        self.assertGreater(len(document["left_out"]), 2)

    def test_a_figure_that_lacks_its_metric_is_not_there(self):
        self.refused(4, "plot", "swaps", "space-4v", "--metric", "energy", "-o",
                     self.directory / "swaps.svg")

    def test_bad_requests_are_told_apart(self):
        output = self.directory / "page"
        self.assertIn("no budget of 5", self.refused(4, "report", self.table(), "-o", output,
                                                     "--epochs", "5"))
        self.assertIn("no repeat 99", self.refused(4, "report", self.table(), "-o", output,
                                                   "--repeat", "99"))
        self.refused(4, "report", "nothing-of-this-name", "-o", output)
        self.refused(2, "report", self.table())
        self.assertFalse((output / "index.html").exists())

    def test_a_page_that_cannot_be_written_leaves_none(self):
        blocked = self.directory / "file"
        blocked.write_text("not a directory")
        self.refused(5, "report", self.table(), "-o", blocked / "page")
        self.assertEqual(blocked.read_text(), "not a directory")

    def test_a_page_on_a_full_disk_leaves_the_old_one(self):
        output = self.directory / "page"
        before, _ = self.report(self.table())
        limited = ["bash", "-c", 'ulimit -f 8; trap "" XFSZ; exec "$@"', "bash", PROGRAM]
        result = subprocess.run([*limited, "report", self.table(), "-o", output],
                                              capture_output=True, check=False)
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertEqual((output / "index.html").read_text(encoding="utf-8"), before)
        self.assertEqual([file.name for file in output.iterdir()], ["index.html"])


@unittest.skipUnless(TEMPLATE.exists() and CHART.exists() and shutil.which("rsvg-convert"),
                     "pages or charts cannot be made here")
@unittest.skipUnless(has_model(), "this build has no model")
class Reproduce(Directory):
    def setUp(self):
        super().setUp()
        self.output = self.directory / "again"

    def reproduce(self, *arguments, **settings):
        environment = dict(os.environ)
        environment.pop("ECNAS_DATA_DIR", None)
        output, errors = ecnas("reproduce", "-o", self.output, "--json", *arguments,
                               env=environment, **settings)
        return json.loads(output), errors

    def numbers(self):
        with open(self.output / "tables" / "published.csv", newline="", encoding="utf-8") as file:
            return {row["id"]: row for row in csv.DictReader(file)}

    def test_without_data_it_says_what_is_missing(self):
        document, errors = self.reproduce()
        self.assertIn("Figure 4: do devices agree?: ec-nas-4v-hardware.csv is not there", errors)
        for file in document["made"]:
            self.assertGreater(os.path.getsize(file), 0, file)
        page = (self.output / "index.html").read_text(encoding="utf-8")
        self.assertLessEqual(len(page.encode()), 8_000_000)
        self.assertIn("Left out: ec-nas-4v-hardware.csv is not there", page)
        self.assertEqual(self.numbers()["search.4v.random.hypervolume"]["ours"], "")
        self.check_numbers(document["numbers"])

    def check_numbers(self, numbers):
        """Numbers of DESIGN.md: exact ones exactly, times within 0.6 of the published."""
        for change, expected in (("conv3x3.conv1x1", -77.95), ("conv3x3.maxpool3x3", -96.24),
                                 ("conv1x1.maxpool3x3", -13.55)):
            self.assertAlmostEqual(numbers[f"swaps.parameters.{change}"], expected, delta=0.01)
        for change, expected in (("conv3x3.conv1x1", -24.89), ("conv3x3.maxpool3x3", -16.82),
                                 ("conv1x1.maxpool3x3", 7.84)):
            self.assertAlmostEqual(numbers[f"swaps.training_time.{change}"], expected, delta=0.6)

    @unittest.skipUnless(DATA.is_dir(), f"the published data are not there ({DATA})")
    def test_with_data_nothing_is_missing(self):
        document, errors = self.reproduce("--data", DATA)
        self.assertEqual(document["left_out"], [])
        self.assertEqual(errors, "")
        self.assertNotIn("", [row["ours"] for row in self.numbers().values()])
        names = {os.path.basename(file) for file in document["made"]}
        for figure in ("cells", "front", "surrogates", "calibration", "learning-curve", "swaps",
                       "hardware", "search-trial", "search-profile", "search-radar",
                       "search-attainment", "correlations"):
            for ending in ("svg", "pdf", "png"):
                self.assertIn(f"{figure}.{ending}", names)
        self.assertAlmostEqual(document["numbers"]["search.4v.random.hypervolume"], 1.383,
                               delta=0.002)
        page = (self.output / "index.html").read_text(encoding="utf-8")
        self.assertLessEqual(len(page.encode()), 8_000_000)
        self.assertIsNone(re.search(r'(src|href)="https?:', page))

    def test_a_directory_that_is_not_there_is_named(self):
        self.refused(4, "reproduce", "-o", self.output, "--data", self.directory / "nothing")
        self.assertFalse(self.output.exists())

    def test_bad_input_among_the_data_ends_it(self):
        data = self.directory / "data"
        data.mkdir()
        (data / "ec-nas-4v-hardware.csv").write_text("hash,rtx3060_wh\nnot-a-hash,1\n")
        errors = self.refused(3, "reproduce", "-o", self.output, "--data", data)
        self.assertIn("ec-nas-4v-hardware.csv", errors)
        self.assertFalse((self.output / "index.html").exists())


if __name__ == "__main__":
    unittest.main(argv=["report_contract_test", "-v"])
