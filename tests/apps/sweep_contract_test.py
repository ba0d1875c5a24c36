"""`ecnas sweep` as people use it: create, run, status, collect, retry, cancel, submit.

    python3 sweep_contract_test.py PROGRAM STUB
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

from contract import PROGRAM, ecnas, ecnas_json
from sweeping import STUB, Sweeping

RUNS = 7 * 2 * 2


class Sweep(Sweeping):
    def started(self, sweep, *arguments):
        """A pool at work, once it has begun a run."""
        process = subprocess.Popen([PROGRAM, "sweep", "run", sweep, "--trainer", STUB, *arguments],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        journal = self.journal_file()
        while process.poll() is None and not (journal.exists() and "begin" in journal.read_text()):
            os.sched_yield()
        return process

    def test_a_sweep_is_made_done_and_collected(self):
        sweep = self.create(sections="[devices]\ncpu = [[0]]\n[carbon]\npue = 1.5\n")
        self.assertEqual(self.status(sweep)["open"], RUNS)
        self.work(sweep, "--limit", "5")
        status = self.status(sweep)
        self.assertEqual((status["done"], status["open"], status["held"]), (5, RUNS - 5, 0))
        self.assertGreater(status["energy_left_kwh"], 0)
        self.assertIsNone(status["time_left_s"])
        self.work(sweep)
        self.expect_all_done_once(sweep, RUNS)
        table = self.directory / "t.ecnas"
        collected = ecnas_json("sweep", "collect", sweep, "-o", table)
        self.assertEqual((collected["cells"], collected["repeats"], collected["left"]), (7, 2, 0))
        self.assertEqual((collected["failed"], collected["damaged"]), ([], []))
        info = ecnas_json("info", table)
        self.assertEqual(info["energy_quality"], "modelled")
        self.assertEqual(info["pue"], 1.5)
        self.assertEqual(info["data_set"], "made up")
        self.assertEqual(info["metrics"]["energy_kwh"]["provenance"]["measured"], RUNS)
        ecnas("verify", table)
        # Two collectors agree, and whoever reads the folders as published agrees on the values.
        ecnas("sweep", "collect", sweep, "-o", self.directory / "again.ecnas")
        self.assertEqual((self.directory / "again.ecnas").read_bytes(), table.read_bytes())
        ecnas("import", sweep / "runs", "-o", self.directory / "imported.ecnas")
        self.assertEqual((self.directory / "imported.ecnas").read_bytes(), table.read_bytes())

    def test_a_spec_that_makes_no_sense_is_refused_with_its_line(self):
        spec = self.directory / "s.toml"
        for text, status, message in [
                ("budgets = [0]\n", 2, "s.toml:1:12"),
                ("budgets = [1]\nrepeat = 2\n", 2, "did you mean 'repeats'?"),
                ("budgets = [1\n", 3, "s.toml:"),
                ("budgets = [1]\n[cells]\nlist = ['01:']\n", 2, "[cells] list"),
                ("budgets = [1]\n[cells]\nlist = ['" + 32 * "0" + "']\n", 4, "no cell")]:
            spec.write_text(text)
            errors = self.refused(status, "sweep", "create", spec, "-o", self.directory / "w")
            self.assertIn(message, errors)
        self.refused(4, "sweep", "create", self.directory / "none.toml", "-o", "w")
        self.refused(4, "sweep", "run", self.directory, "--trainer", STUB)
        self.assertFalse((self.directory / "w").exists())

    def test_a_missing_trainer_is_6(self):
        sweep = self.create()
        errors = self.refused(6, "sweep", "run", sweep, "--trainer", self.directory / "none")
        self.assertIn("none", errors)
        copy = self.directory / "ecnas"
        shutil.copy(PROGRAM, copy)  # nothing beside it
        result = subprocess.run([copy, "sweep", "run", sweep], capture_output=True, text=True,
                                env={**os.environ, "PATH": "/nowhere"}, check=False)
        self.assertEqual(result.returncode, 6, result.stderr)
        self.assertIn("ecnas-train", result.stderr)

    def test_failures_are_listed_by_kind_and_done_again(self):
        sweep = self.create("--stub-fail", "diverged", "--stub-fail-share", "30")
        _, errors = self.work(sweep)
        self.assertIn("diverged: loss is NaN", errors)
        failed = self.status(sweep)["failures"]["diverged"]
        self.assertGreater(failed, 0)
        collected = ecnas_json("sweep", "collect", sweep, "-o", self.directory / "t.ecnas")
        self.assertEqual(len(collected["failed"]), failed)
        self.assertEqual(ecnas_json("sweep", "retry", sweep, "--kind", "crash")["failed"], 0)
        self.assertEqual(ecnas_json("sweep", "retry", sweep)["failed"], failed)
        self.work(sweep)
        self.assertEqual(self.status(sweep)["failed"], failed)  # equal seeds, equal trainings

    def test_what_is_wrong_with_all_runs_stops_at_the_first(self):
        for way, status in (("device", 6), ("argument", 2)):
            sweep = self.create("--stub-fail", way, name=way)
            _, errors = self.work(sweep, status=status)
            self.assertIn("told to fail", errors)
            self.assertEqual(self.status(sweep)["open"], RUNS)

    def test_damaged_results_are_reported_and_done_again(self):
        sweep = self.create()
        self.work(sweep)
        table = self.directory / "t.ecnas"
        ecnas("sweep", "collect", sweep, "-o", table)
        sound = table.read_bytes()
        damaged = sorted(sweep.glob("runs/*/*/*/*/results.json"))[7]
        damaged.write_bytes(damaged.read_bytes()[:200])
        collected = ecnas_json("sweep", "collect", sweep, "-o", table)
        self.assertEqual([run["kind"] for run in collected["damaged"]], ["damaged"])
        self.assertEqual(ecnas_json("sweep", "retry", sweep)["damaged"], 1)
        self.work(sweep)
        ecnas("sweep", "collect", sweep, "-o", table)
        self.assertEqual(table.read_bytes(), sound)

    def test_an_interrupt_keeps_what_is_done_and_gives_the_rest_back(self):
        for name in ("SIGINT", "SIGTERM"):
            sweep = self.create("--stub-steps", "100000", name=name)
            self.journal_file = lambda name=name: self.directory / f"{name}.journal"
            process = self.started(sweep)
            process.send_signal(signal.Signals[name])
            self.assertEqual(process.wait(60), 130)
            status = self.status(sweep)
            self.assertEqual((status["held"], status["open"]), (0, RUNS))
            self.assertTrue(list(sweep.glob("attempts/*/*/checkpoint.safetensors")))
            self.assertEqual(list((sweep / "workers").iterdir()), [])
            del self.journal_file

    def test_no_training_outlives_a_killed_pool(self):
        sweep = self.create("--stub-steps", "1000000")
        process = self.started(sweep)
        process.kill()
        process.wait()
        pid = int(self.journal_file().read_text().split()[-1])
        end = time.monotonic() + 30
        while time.monotonic() < end and self.is_there(pid):
            os.sched_yield()
        self.assertFalse(self.is_there(pid))
        self.assertEqual(self.status(sweep)["held"], 1)

    @staticmethod
    def is_there(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
        except OSError:
            return False

    def test_cancel_stops_who_works_and_run_goes_on(self):
        sweep = self.create("--stub-steps", "100000", sections='[limits]\nlease_timeout = "1s"\n')
        process = self.started(sweep)
        ecnas("sweep", "cancel", sweep, "--now")
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(self.status(sweep)["open"], RUNS)
        shutil.rmtree(sweep)
        sweep = self.create(sections='[limits]\nlease_timeout = "1s"\n')
        ecnas("sweep", "cancel", sweep)  # nobody works: nobody stops
        self.work(sweep)
        self.assertEqual(self.status(sweep)["done"], RUNS)

    def test_pools_that_work_side_by_side_share_the_runs(self):
        sweep = self.create("--stub-steps", "3", space="4v", repeats=1)
        processes = [subprocess.Popen([PROGRAM, "sweep", "run", sweep, "--trainer", STUB, "--json"],
                                      stdout=subprocess.PIPE) for _ in range(3)]
        for process in processes:
            process.communicate(timeout=300)
            self.assertEqual(process.returncode, 0)
        self.expect_all_done_once(sweep, 182)
        self.assertEqual(max(self.journal()["begin"].values()), 1)

    def test_a_pool_with_a_full_disk_says_so(self):
        disk = self.directory / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        made = self.create()
        sweep = disk / "work"
        shutil.copytree(made, sweep)
        filling = disk / "filling"
        with open(filling, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        result = subprocess.run([PROGRAM, "sweep", "run", sweep, "--trainer", STUB],
                                capture_output=True, text=True, timeout=300, check=False)
        self.assertIn(result.returncode, (0, 5), result.stderr)
        self.assertIn("No space left", result.stderr)
        filling.unlink()
        self.work(sweep)
        ecnas("sweep", "retry", sweep)
        self.work(sweep)
        self.assertEqual(self.status(sweep)["done"], RUNS)

    def test_submit_writes_the_script_and_says_what_is_missing(self):
        sweep = self.create(sections="[slurm]\ntasks = 3\n")
        script = ecnas("sweep", "submit", sweep, "--trainer", STUB, "--dry-run")[0].decode()
        self.assertIn("#SBATCH --array=0-2\n", script)
        self.assertIn(str(sweep), script)
        self.assertFalse((sweep / "slurm").exists())
        errors = self.refused(6, "sweep", "submit", sweep, "--trainer", STUB,
                              env={**os.environ, "PATH": "/nowhere"})
        self.assertIn("slurm-client", errors)

    def test_jobs_are_sent_noted_and_taken_back(self):
        sweep = self.create()
        tools = self.directory / "tools"
        tools.mkdir()
        log = self.directory / "slurm.log"
        for name, says in (("sbatch", "41;cluster"), ("scancel", "")):
            tool = tools / name
            tool.write_text(f"#!/bin/sh\necho {name} \"$@\" >>'{log}'\necho '{says}'\n")
            tool.chmod(0o755)
        environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
        ecnas("sweep", "submit", sweep, "--trainer", STUB, env=environment)
        ecnas("sweep", "cancel", sweep, "--now", env=environment)
        lines = log.read_text().splitlines()
        self.assertEqual(lines[0], f"sbatch --parsable {sweep}/slurm/sweep.sbatch")
        self.assertRegex(lines[1], re.compile(r"^scancel .*\b41$"))
        (tools / "sbatch").write_text("#!/bin/sh\necho 'invalid partition' >&2\nexit 1\n")
        errors = self.refused(5, "sweep", "submit", sweep, "--trainer", STUB, env=environment)
        self.assertIn("invalid partition", errors)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
