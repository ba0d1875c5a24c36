#!/usr/bin/python3
"""SciPy's rank correlations on the numbers of stats_bench.cpp: its baseline, run by Debian's Python,
for which the package python3-scipy is (./setup.sh --peers). Prints one JSON object a line; without
SciPy it says so on standard error and times nothing."""

import json
import sys
import time

try:
    import numpy
    from scipy import stats
except ModuleNotFoundError as missing:
    print(f"stats_scipy_baseline.py: {missing}; no times of SciPy", file=sys.stderr)
    sys.exit()

CELLS = 423_624
REPEATS = 5


def uniform(numbers):
    """Outputs `numbers` of SplitMix64 from seed 0, in [0, 1)."""
    z = (numbers + numpy.uint64(1)) * numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> numpy.uint64(31))) >> numpy.uint64(11)) * 2.0**-53


def make_pairs(count, rounded):
    even = numpy.arange(0, 2 * count, 2, dtype=numpy.uint64)
    truth = uniform(even)
    predicted = truth + 0.2 * uniform(even + numpy.uint64(1))
    if rounded:
        return numpy.floor(truth * 10_000) / 10_000, numpy.floor(predicted * 10_000) / 10_000
    return truth, predicted


def seconds_of(function):
    """Processor seconds of the quickest call."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def report(name, function):
    print(json.dumps({"name": f"{name}/scipy", "seconds": seconds_of(function)}))


def few_times(function, times=200):
    def repeated():
        for _ in range(times):
            function()

    return seconds_of(repeated) / times


def main():
    x, y = make_pairs(CELLS, rounded=False)
    report(f"Kendall tau of {CELLS} pairs", lambda: stats.kendalltau(x, y))
    report(f"Spearman rho of {CELLS} pairs", lambda: stats.spearmanr(x, y))
    tied_x, tied_y = make_pairs(CELLS, rounded=True)
    report(f"Kendall tau of {CELLS} pairs with ties", lambda: stats.kendalltau(tied_x, tied_y))
    few_x, few_y = make_pairs(1_000, rounded=False)
    seconds = few_times(lambda: stats.kendalltau(few_x, few_y))
    print(json.dumps({"name": "Kendall tau of 1000 pairs/scipy", "seconds": seconds}))
    start = time.process_time()
    stats.bootstrap(
        (few_x, few_y),
        lambda a, b: stats.kendalltau(a, b).statistic,
        paired=True,
        vectorized=False,
        n_resamples=1_000,
        method="BCa",
        random_state=numpy.random.default_rng(1),
    )
    seconds = time.process_time() - start
    name = "BCa interval of tau of 1000 pairs, 1000 resamples/scipy"
    print(json.dumps({"name": name, "seconds": seconds}))


if __name__ == "__main__":
    main()
