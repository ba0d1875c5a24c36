#!/usr/bin/env python3
"""A Python dict of the content that table_bench.cpp asks for: 423,624 hashes -> budget -> the values
of 3 repeats. Prints one JSON object a line."""

import hashlib
import json
import lzma
import os
import pathlib
import random
import tarfile
import time

CELLS = 423_624
BUDGETS = (4, 12, 36, 108)
REPEATS = 3
QUERIES = 1_000_000


def full_dict():
    draw = random.Random(1).random
    return {
        hashlib.md5(str(number).encode()).hexdigest(): {
            budget: [draw() for _ in range(REPEATS)] for budget in BUDGETS
        }
        for number in range(CELLS)
    }


def time_queries(table):
    """Seconds a query: one metric's mean over the repeats, of random hashes."""
    hashes = list(table)
    draw = random.Random(2)
    wanted = [(draw.choice(hashes), draw.choice(BUDGETS)) for _ in range(QUERIES)]
    total = 0.0
    start = time.perf_counter()
    for cell, budget in wanted:
        values = table[cell][budget]
        total += sum(values) / len(values)
    return (time.perf_counter() - start) / QUERIES


def time_import(archive):
    """Seconds to read every results.json of the archive into dicts."""
    start = time.perf_counter()
    table = {}
    with lzma.open(archive) as raw, tarfile.open(fileobj=raw, mode="r|") as members:
        for member in members:
            if member.name.endswith("results.json"):
                *_, cell, repeat, _ = member.name.split("/")
                run = json.load(members.extractfile(member))
                table.setdefault(cell, {})[repeat] = run
    return time.perf_counter() - start


def main():
    seconds = time_queries(full_dict())
    print(json.dumps({"name": "query one hash at random/python dict", "seconds": seconds}))
    data = pathlib.Path(os.environ.get("ECNAS_DATA_DIR", "../shared/data"))
    archive = data / "ec-nas-4v-results.tar.xz"
    if archive.exists():
        seconds = time_import(archive)
        print(json.dumps({"name": "import 273 raw results/python", "seconds": seconds}))


if __name__ == "__main__":
    main()
