"""What `ecnas reproduce` promises: figures, tables and published numbers, with the data and without.

Standard library only; needs Node's packages and the template of pages, which setup.sh and the build
make, and skips without them.
"""

import csv
import json
import os
import re
import shutil
import sys
import unittest

from contract import CHART, DATA, TEMPLATE, Directory, ecnas, has_model


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
    unittest.main(argv=sys.argv[:1], verbosity=2)
