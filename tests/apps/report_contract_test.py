"""What `ecnas report` promises: files, exit statuses, what is left out.

Standard library only; needs the template of pages, which the build makes, and skips without it.
"""

import pathlib
import subprocess
import unittest

from contract import PROGRAM, TEMPLATE, Directory, ecnas, ecnas_json

PROXIES = pathlib.Path(__file__).resolve().parents[2] / "data" / "fashion-4v" / "proxies.csv"


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

    def test_fashion_4v_is_told_of_by_name_with_what_was_known_before_training(self):
        page, errors = self.report("fashion-4v", "--proxies", PROXIES)
        self.assertIn("What is known before training", page)
        self.assertIn("synflow", page)
        self.assertIn("modelled", page)
        for line in errors.splitlines():  # 91 cells show no two regions
            self.assertTrue(line.startswith("ecnas: left out: regions"), line)
        without, _ = self.report("fashion-4v")
        self.assertNotIn("What is known before training", without)

    def test_a_damaged_file_of_proxies_is_refused(self):
        file = self.directory / "proxies.csv"
        file.write_text("hash,snip\n00,1\n")
        self.assertIn(f"{file}:2", self.refused(3, "report", "fashion-4v", "-o",
                                                self.directory / "page", "--proxies", file))
        self.refused(4, "report", "fashion-4v", "-o", self.directory / "page",
                     "--proxies", self.directory / "absent.csv")

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


if __name__ == "__main__":
    unittest.main(argv=["report_contract_test", "-v"])
