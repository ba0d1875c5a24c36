#!/usr/bin/env python3
"""NAS-Bench-101's enumeration, hash and parameter count in plain Python: the baseline of space_bench.

Written from the description in Ying et al. 2019 (graph_util, model_builder), with hashlib, without
numpy: for every number of vertices, every adjacency as an integer, every labelling, hash the graph and
keep the first of each hash. It runs up to 5 vertices. The times for 7 are extrapolated, and say so:
time per labelled graph of 5 vertices, times the 7-vertex count of labelled graphs (1,293,208), leaving
out that hashing a graph of 7 vertices takes longer and that 2^21 adjacencies must be looked through:
so they are lower bounds.

Prints one JSON object a line, {"name": "CASE/WHO", "seconds": S}, as bench/run reads them.
"""

import hashlib
import itertools
import json
import time

INPUT, OUTPUT, CONV3X3, CONV1X1 = -1, -2, 0, 1
LABELLED_GRAPHS_OF_7 = 1_293_208  # docs/numbers.md


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def hash_of(matrix, labels):
    size = range(len(labels))
    sources = [[w for w in size if matrix[w][v]] for v in size]
    targets = [[w for w in size if matrix[v][w]] for v in size]
    hashes = [md5(str((len(targets[v]), len(sources[v]), labels[v]))) for v in size]
    for _ in size:
        hashes = [
            md5(
                "".join(sorted(hashes[w] for w in sources[v]))
                + "|"
                + "".join(sorted(hashes[w] for w in targets[v]))
                + "|"
                + hashes[v]
            )
            for v in size
        ]
    return md5(str(sorted(hashes)))


def is_full(matrix):
    size = len(matrix)
    return all(any(matrix[v]) for v in range(size - 1)) and all(
        any(matrix[w][v] for w in range(size)) for v in range(1, size)
    )


def labelled_graphs(vertices, max_edges=9):
    for bits in range(2 ** (vertices * (vertices - 1) // 2)):
        matrix = [
            [int(x < y and bits >> (x + y * (y - 1) // 2) & 1) for y in range(vertices)]
            for x in range(vertices)
        ]
        if not is_full(matrix) or sum(map(sum, matrix)) > max_edges:
            continue
        for interior in itertools.product(range(3), repeat=vertices - 2):
            yield matrix, [INPUT, *interior, OUTPUT]


def vertex_channels(matrix, inputs, outputs):
    last = len(matrix) - 1
    channels = [0] * len(matrix)
    channels[0], channels[last] = inputs, outputs
    feeding = [v for v in range(1, last) if matrix[v][last]]
    for place, v in enumerate(feeding):
        channels[v] = outputs // len(feeding) + (place < outputs % len(feeding))
    for v in range(last - 1, 0, -1):
        if v not in feeding:
            channels[v] = max((channels[w] for w in range(v + 1, last) if matrix[v][w]), default=0)
    return channels


def parameters_of(matrix, labels):
    def convolution(kernel, inputs, outputs):
        return kernel * kernel * inputs * outputs + 2 * outputs

    total = convolution(3, 3, 128)
    inputs = 128
    for stack in range(3):
        outputs = 128 * 2**stack
        for _ in range(3):
            channels = vertex_channels(matrix, inputs, outputs)
            for v in range(1, len(labels)):
                if matrix[0][v]:
                    total += convolution(1, inputs, channels[v])
                if labels[v] == CONV3X3:
                    total += convolution(3, channels[v], channels[v])
                if labels[v] == CONV1X1:
                    total += convolution(1, channels[v], channels[v])
            inputs = outputs
    return total + (inputs + 1) * 10


def space_of(max_vertices):
    """{hash: (matrix, labels, parameters)} and the number of labelled graphs hashed."""
    cells, hashed = {}, 0
    for vertices in range(2, max_vertices + 1):
        for matrix, labels in labelled_graphs(vertices):
            hashed += 1
            key = hash_of(matrix, labels)
            if key not in cells:
                cells[key] = (matrix, labels, parameters_of(matrix, labels))
    return cells, hashed


def report(name, seconds):
    print(json.dumps({"name": name, "seconds": seconds}))


def main():
    start = time.perf_counter()
    cells, hashed = space_of(5)
    seconds = time.perf_counter() - start
    assert len(cells) == 2532, len(cells)
    report("space of 5 vertices with parameters and hashes/python", seconds)
    extrapolated = seconds / hashed * LABELLED_GRAPHS_OF_7
    report("space of 7 vertices with parameters and hashes/python, extrapolated", extrapolated)

    matrix = [[0] * 7 for _ in range(7)]
    for source, target in ((0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (3, 5), (4, 6), (5, 6), (0, 6)):
        matrix[source][target] = 1
    labels = [INPUT, 0, 1, 2, 0, 1, OUTPUT]
    repeats = 500
    start = time.perf_counter()
    for _ in range(repeats):
        hash_of(matrix, labels)
    seconds = (time.perf_counter() - start) / repeats
    report("hash of one cell/python", seconds)
    # What a NAS-Bench-101 query does to find a cell: hash it, then look in a dictionary.
    report("rank of a labelled cell/python", seconds)
    start = time.perf_counter()
    for _ in range(repeats):
        parameters_of(matrix, labels)
    report("parameters of one cell/python", (time.perf_counter() - start) / repeats)


if __name__ == "__main__":
    main()
