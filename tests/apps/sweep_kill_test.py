"""1,000 SIGKILLs at random moments over sweeps of stub runs: nothing is lost, nothing done twice.

    python3 sweep_kill_test.py PROGRAM STUB [KILLS]
"""

import random
import subprocess
import sys
import time
import unittest

from contract import PROGRAM, ecnas, ecnas_json
from sweeping import STUB, Sweeping

KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
SEED = 20221116
POOLS = 2  # at a time
RUNS = 91 * 4 * 2


class Kills(Sweeping):
    def test_no_kill_loses_a_run_or_has_one_done_twice(self):
        rng = random.Random(SEED)
        print(f"seed {SEED}, {KILLS} kills", file=sys.stderr)
        kills = 0
        sweeps = 0
        while kills < KILLS:
            name = f"work{sweeps}"
            sweep = self.create("--stub-steps", "2", name=name, space="4v",
                                budgets=(1, 2, 3, 4), repeats=2)
            kills += self.kill_until_done(sweep, rng, KILLS - kills)
            self.work(sweep)  # who comes last finds what the dead have left
            self.expect_all_done_once(sweep, RUNS, name)
            # A lease beside a mark that the run is done says nothing: whoever set it was killed next.
            leases = [file for file in sweep.glob("claims/*/*") if file.suffix != ".done"]
            self.assertLess(len(leases), RUNS // 10)
            # Only those workers are left of whom no lease told.
            left = len(list((sweep / "workers").iterdir()))
            self.assertLess(left, KILLS // 2, "nobody clears away after the dead")
            collected = ecnas_json("sweep", "collect", sweep, "-o", self.directory / "t.ecnas")
            self.assertEqual((collected["left"], collected["damaged"]), (0, []))
            self.assertEqual(collected["rows"], RUNS)
            ecnas("verify", self.directory / "t.ecnas")
            sweeps += 1
        print(f"{kills} kills over {sweeps} sweeps of {RUNS} runs", file=sys.stderr)

    def kill_until_done(self, sweep, rng, most):
        """Starts pools and kills each after a random time. @return how many were killed at work"""
        kills = 0
        while kills < most:
            pools = [subprocess.Popen([PROGRAM, "sweep", "run", sweep, "--trainer", STUB],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                     for _ in range(POOLS)]
            ends = []
            for pool in pools:
                # The moment is what is random here: it is no wait for something to happen.
                time.sleep(rng.uniform(0, 0.05))
                pool.kill()
                errors = pool.communicate()[1]
                self.assertIn(pool.returncode, (-9, 0), errors)
                ends.append(pool.returncode)
            kills += ends.count(-9)
            if ends.count(0) == POOLS:
                break
        return kills


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
