#!/usr/bin/env python3
"""moocore's hypervolumes of the points of moo_bench.cpp: their baseline, for which the package of that
name is (./setup.sh --peers). Prints one JSON object a line; without moocore it says so on standard
error and times nothing."""

import json
import sys
import time

try:
    import moocore
    import numpy
except ModuleNotFoundError as missing:
    print(f"moo_moocore_baseline.py: {missing}; no times of moocore", file=sys.stderr)
    sys.exit()

REPEATS = 15


def uniform(numbers):
    """Outputs `numbers` of SplitMix64 from seed 0, in [0, 1)."""
    z = (numbers + numpy.uint64(1)) * numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> numpy.uint64(31))) >> numpy.uint64(11)) * 2.0**-53


def sphere_points(count, dimension):
    values = uniform(numpy.arange(count * dimension, dtype=numpy.uint64)).reshape(count, dimension)
    return 1 - values / numpy.sqrt((values * values).sum(axis=1, keepdims=True))


def seconds_of(function, times):
    """Processor seconds of a call, the quickest of some rounds of `times` calls."""
    rounds = []
    for _ in range(REPEATS):
        start = time.process_time()
        for _ in range(times):
            function()
        rounds.append((time.process_time() - start) / times)
    return min(rounds)


def report(case, function, times):
    print(json.dumps({"name": f"{case}/moocore", "seconds": seconds_of(function, times)}))


def main():
    for dimension, count, times in (
        (3, 1_000, 100),
        (3, 10_000, 5),
        (4, 100, 500),
        (4, 1_000, 20),
        (5, 50, 500),
        (5, 200, 50),
    ):
        points = sphere_points(count, dimension)
        reference = numpy.ones(dimension)
        report(
            f"hypervolume_{dimension}d_front_{count}",
            lambda points=points, reference=reference: moocore.hypervolume(points, ref=reference),
            times,
        )
    points = sphere_points(1_000, 3)
    report(
        "contributions_3d_front_1000",
        lambda: moocore.hv_contributions(points, ref=numpy.ones(3)),
        20,
    )


if __name__ == "__main__":
    main()
