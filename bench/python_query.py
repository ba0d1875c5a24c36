#!/usr/bin/env python3
"""The Python package beside what its users have today: a dict of the same cells, asked as the
published classes are.

    bench/python_query.py [--table ecnas-7v] [--rounds 7]

Runs in an environment in which ecnas is installed. Printed are medians over rounds, which take turns:
a query by Cell and by hash, a batch a cell, the import and the opening of a table; beside them a
nested dict of all cells, keyed by hash as NASBench's `get_metrics_from_hash` (whose deep copy, which
the published class makes of every answer, is a line of its own)."""

import argparse
import copy
import statistics
import subprocess
import sys
import time

import numpy as np

import ecnas


def nanoseconds(action, count):
    start = time.perf_counter_ns()
    action()
    return (time.perf_counter_ns() - start) / count


def fresh(code):
    """Seconds that a new interpreter takes for the code, as it tells."""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(told.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", default="ecnas-7v")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()

    table = ecnas.load(options.table)
    epochs = table.budgets[-1]
    order = np.random.default_rng(0).permutation(len(table))
    cells = ecnas.CellArray([table.cells[int(row)] for row in order])
    listed = list(cells)[:20_000]
    hashes = [cell.hash for cell in listed]
    rows = order.astype(np.int64)

    # What the published classes hold: {hash: {epochs: {metric: value}}}.
    columns = {metric: table.tensor(metric)[:, :, 0].tolist() for metric in table.metrics}
    held = {
        key.decode(): {
            budget: {metric: columns[metric][row][position] for metric in table.metrics}
            for position, budget in enumerate(table.budgets)
        }
        for row, key in enumerate(table.hashes.tolist())
    }

    def by_cell():
        query = table.query
        for cell in listed:
            query(cell, epochs)

    def by_hash():
        query = table.query
        for key in hashes:
            query(key, epochs)

    def by_cell_and_value():
        query = table.query
        for cell in listed:
            query(cell, epochs)["energy_kwh"]

    def by_dict():
        for key in hashes:
            held[key][epochs]["energy_kwh"]

    def by_dict_copied():
        for key in hashes[:2_000]:
            copy.deepcopy(held[key][epochs])

    single = {
        "query by Cell": (by_cell, len(listed)),
        "query by Cell, and one value": (by_cell_and_value, len(listed)),
        "query by hash": (by_hash, len(listed)),
        "batch by cells, one metric": (
            lambda: table.query(cells, epochs, metrics=["energy_kwh"]),
            len(cells),
        ),
        "batch by cells, all metrics": (lambda: table.query(cells, epochs), len(cells)),
        "batch by rows, one metric": (
            lambda: table.query(rows, epochs, metrics=["energy_kwh"]),
            len(rows),
        ),
        "dict by hash": (by_dict, len(hashes)),
        "dict by hash, copied as published": (by_dict_copied, 2_000),
    }
    times = {name: [] for name in single}
    for _ in range(options.rounds):
        for name, (action, count) in single.items():
            times[name].append(nanoseconds(action, count))
    for name, taken in times.items():
        print(f"{name:36} {statistics.median(taken):10.1f} ns")

    timer = "import time; s = time.perf_counter(); {}; print(time.perf_counter() - s)"
    started = {
        "import ecnas": timer.format("import ecnas"),
        "import numpy": timer.format("import numpy"),
        f"load('{options.table}')": "import ecnas; "
        + timer.format(f"ecnas.load({options.table!r})"),
    }
    for name, code in started.items():
        taken = [fresh(code) for _ in range(options.rounds)]
        print(f"{name:36} {1e3 * statistics.median(taken):10.1f} ms")


if __name__ == "__main__":
    main()
