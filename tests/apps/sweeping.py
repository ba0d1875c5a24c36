"""What the tests of `ecnas sweep` share: a stub in place of ecnas-train, specs, the stub's journal.

The program is the first argument of the test that imports this, the stub the second.
"""

import collections
import pathlib
import sys

from contract import Directory, ecnas, ecnas_json

STUB = pathlib.Path(sys.argv[2]).resolve()

SPEC = """
budgets = {budgets}
repeats = {repeats}
seed = 3
[cells]
space = "{space}"
[training]
width = 16
arguments = ["--stub-journal", "{journal}"{arguments}]
{sections}
"""


class Sweeping(Directory):
    def create(self, *arguments, name="work", space="3v", budgets=(1, 2), repeats=2, sections=""):
        """Makes a sweep; further arguments are the stub's. @return its directory"""
        spec = self.directory / f"{name}.toml"
        spec.write_text(SPEC.format(
            budgets=list(budgets), repeats=repeats, space=space, journal=self.journal_file(name),
            arguments="".join(f', "{argument}"' for argument in arguments), sections=sections))
        ecnas("sweep", "create", spec, "-o", self.directory / name)
        return self.directory / name

    def journal_file(self, name="work"):
        return self.directory / f"{name}.journal"

    def work(self, sweep, *arguments, status=0):
        return ecnas("sweep", "run", sweep, "--trainer", STUB, *arguments, status=status)

    def status(self, sweep):
        return ecnas_json("sweep", "status", sweep)

    def journal(self, name="work"):
        """How often each run has been begun and ended: {"begin": {run: count}, "end": …}."""
        counts = {"begin": collections.Counter(), "end": collections.Counter()}
        for line in self.journal_file(name).read_text().splitlines():
            what, *run, _ = line.split(" ")
            counts[what][tuple(run)] += 1
        return counts

    def expect_all_done_once(self, sweep, runs, name="work"):
        status = self.status(sweep)
        self.assertEqual(status["done"], runs, status)
        places = sorted(path.parent for path in sweep.glob("runs/*/*/*/*/results.json"))
        self.assertEqual(len(places), runs)
        ends = self.journal(name)["end"]
        self.assertLessEqual(max(ends.values()), 1, "a run was done twice")
