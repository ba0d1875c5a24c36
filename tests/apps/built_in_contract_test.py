"""The built-in benchmark is made at its first use and kept, whatever happens; no use opens a socket.

Standard library only. Usage: built_in_contract_test.py PROGRAM
"""

import json
import os
import shutil
import subprocess
import sys
import time
import unittest

from contract import PROGRAM, Directory, ecnas, has_model


@unittest.skipUnless(has_model(), "this build has no model")
class BuiltInBenchmark(Directory):
    """The first use builds a benchmark and keeps it, whatever happens; no use opens a socket."""

    CELL = "0110001000010000:conv3x3,maxpool3x3"

    def setUp(self):
        super().setUp()
        self.cache = self.directory / "cache"
        self.environment = dict(os.environ, XDG_CACHE_HOME=str(self.cache))

    def query(self, name="ecnas-7v", **settings):
        """What the benchmark says of a cell, and what stands on standard error."""
        settings.setdefault("env", self.environment)
        output, errors = ecnas("query", name, self.CELL, "--json", **settings)
        return json.loads(output), errors

    def kept(self):
        return [path.name for path in sorted(self.cache.rglob("*")) if path.suffix == ".ecnas"]

    def test_no_socket_is_opened_when_it_is_built_nor_when_it_is_read(self):
        strace = shutil.which("strace")
        trace = self.directory / "trace"
        traced = [strace, "-f", "-e", "trace=network,exit_group", "-o", trace]
        if not strace or subprocess.run([*traced, "true"], capture_output=True,
                                        check=False).returncode != 0:
            self.skipTest("strace is not there or cannot trace here")
        # A leak checker would have to trace the process, too, and only one can.
        environment = dict(self.environment, ASAN_OPTIONS="detect_leaks=0")
        for _ in ("built", "read"):
            subprocess.run([*traced, PROGRAM, "query", "ecnas-7v", self.CELL],
                           env=environment, capture_output=True, timeout=300, check=True)
            calls = [line for line in trace.read_text().splitlines()
                     if "exit_group" not in line and "+++" not in line]
            self.assertEqual(calls, [])
            self.assertIn("exit_group(0)", trace.read_text())
        self.assertEqual(len(self.kept()), 1)

    def test_the_second_use_reads_what_the_first_kept(self):
        first, _ = self.query("ecnas-5v")
        before = self.tree(self.cache)
        self.assertEqual(len(self.kept()), 1)
        self.assertEqual(self.query("ecnas-5v"), (first, ""))
        self.assertEqual(self.tree(self.cache), before)

    def test_no_cache_keeps_nothing(self):
        self.cache.mkdir()
        output, errors = ecnas("query", "ecnas-5v", self.CELL, "--no-cache", "--json",
                               env=self.environment)
        self.assertEqual(list(self.cache.iterdir()), [])
        self.assertEqual((json.loads(output), errors), self.query("ecnas-5v"))

    def test_a_cache_that_cannot_be_made_gives_one_remark(self):
        environment = dict(os.environ, XDG_CACHE_HOME="/dev/null/x")
        answer, errors = self.query("ecnas-5v", env=environment)
        self.assertEqual(len(errors.splitlines()), 1, errors)
        self.assertTrue(errors.startswith("ecnas: not kept for the next time: /dev/null/x"), errors)
        self.assertEqual(self.query("ecnas-5v"), (answer, ""))

    def test_builds_killed_at_any_time_do_no_harm(self):
        for seconds in (0.3, 1, 2):
            process = subprocess.Popen([PROGRAM, "query", "ecnas-7v", self.CELL],
                                       env=self.environment, stdout=subprocess.DEVNULL)
            time.sleep(seconds)
            process.kill()
            process.wait(timeout=60)
            for name in self.kept():  # a whole one, or none
                ecnas("verify", next(self.cache.rglob(name)))
        answer, errors = self.query()
        self.assertEqual(errors, "")
        self.assertGreater(answer["budgets"]["108"]["energy_kwh"]["value"], 0)
        ecnas("verify", next(self.cache.rglob("*.ecnas")))

    def test_two_first_uses_at_once_keep_one(self):
        processes = [subprocess.Popen([PROGRAM, "query", "ecnas-7v", self.CELL, "--json"],
                                      env=self.environment, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE) for _ in range(2)]
        answers = [process.communicate(timeout=300) for process in processes]
        self.assertEqual([process.returncode for process in processes], [0, 0])
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0][1], b"")
        self.assertEqual(len(self.kept()), 1)
        self.assertEqual([path for path in self.cache.rglob("*.part*")], [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
