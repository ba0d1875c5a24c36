#!/usr/bin/env python3
"""1,000 requests of pymoo's algorithms on the built-in table `ecnas-5v`: the baseline of
search_bench.cpp, for which the package of that name is (./setup.sh --peers). Every solution that is
asked for counts, cells or not, asked for before or not: so pymoo counts.

A solution is a vector of whole numbers: an entry an edge, one an operation, and the budget. It is
evaluated as users of NAS-Bench-101's Python code do: pruned, hashed, looked up in a dictionary; what
is no cell gets the worst objectives there are. Integer sampling, simulated binary crossover and
polynomial mutation with rounding are what pymoo's documentation gives for such variables. The table
is exported by the program, which must be built, and reading it is not timed.

Prints one JSON object a line; without pymoo it says so on standard error and times nothing."""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile
import time

try:
    import numpy
    import pymoo
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.algorithms.moo.sms import SMSEMOA
    from pymoo.core.problem import ElementwiseProblem
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    from pymoo.optimize import minimize
except ModuleNotFoundError as missing:
    print(f"search_pymoo_baseline.py: {missing}; no times of pymoo", file=sys.stderr)
    sys.exit()

from nasbench101_baseline import INPUT, OUTPUT, hash_of

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "bin" / "ecnas"
REQUESTS = 1000
POPULATION = 20
VERTICES = 5
EDGES = [(a, b) for b in range(1, VERTICES) for a in range(b)]
BUDGETS = (4, 12, 36, 108)


def read_table():
    """(hash, epochs) → (energy_kwh, validation error)"""
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "table.csv"
        command = [PROGRAM, "export", "ecnas-5v", "--format", "csv", "-o", path]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with open(path, encoding="utf-8", newline="") as file:
            return {(row["hash"], int(row["epochs"])):
                    (float(row["energy_kwh"]), 1 - float(row["validation_accuracy"]))
                    for row in csv.DictReader(file)}


def pruned(matrix, labels):
    """Without the vertices that are on no path from input to output; None if there is no path."""
    size = len(labels)
    ahead = {0}
    for v in range(size):
        if v in ahead:
            ahead |= {w for w in range(size) if matrix[v][w]}
    behind = {size - 1}
    for v in reversed(range(size)):
        if any(matrix[v][w] and w in behind for w in range(size)):
            behind.add(v)
    kept = sorted(ahead & behind)
    if 0 not in kept or size - 1 not in kept:
        return None
    return [[matrix[v][w] for w in kept] for v in kept], [labels[v] for v in kept]


class Cells(ElementwiseProblem):
    def __init__(self, table):
        variables = len(EDGES) + VERTICES - 2 + 1
        highest = [1] * len(EDGES) + [2] * (VERTICES - 2) + [len(BUDGETS) - 1]
        super().__init__(n_var=variables, n_obj=2, xl=numpy.zeros(variables, dtype=int),
                         xu=numpy.array(highest), vtype=int)
        self.table = table
        self.worst = tuple(map(max, zip(*table.values())))

    def _evaluate(self, x, out, *_, **__):
        matrix = [[0] * VERTICES for _ in range(VERTICES)]
        for (a, b), there in zip(EDGES, x):
            matrix[a][b] = int(there)
        operations = [int(o) for o in x[len(EDGES):-1]]
        cell = pruned(matrix, [INPUT, *operations, OUTPUT])
        entry = None
        if cell is not None and sum(map(sum, cell[0])) <= 9:
            entry = self.table.get((hash_of(*cell), BUDGETS[int(x[-1])]))
        out["F"] = entry or self.worst


def main():
    if not PROGRAM.exists():
        print("search_pymoo_baseline.py: the program is not built; no times", file=sys.stderr)
        return
    problem = Cells(read_table())
    for name, method in (("NSGA-II", NSGA2), ("SMS-EMOA", SMSEMOA)):
        operators = {"sampling": IntegerRandomSampling(),
                     "crossover": SBX(prob=0.9, vtype=float, repair=RoundingRepair()),
                     "mutation": PM(vtype=float, repair=RoundingRepair())}
        seconds = []
        for seed in range(3):
            start = time.process_time()
            minimize(problem, method(pop_size=POPULATION, **operators), ("n_eval", REQUESTS),
                     seed=seed)
            seconds.append(time.process_time() - start)
        print(json.dumps({"name": f"{name}, 1,000 requests of ecnas-5v/pymoo "
                                  f"{pymoo.__version__}", "seconds": min(seconds)}))


if __name__ == "__main__":
    main()
