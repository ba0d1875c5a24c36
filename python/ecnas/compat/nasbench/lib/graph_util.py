"""Labelled graphs of any size: NAS-Bench-101's hash, relabelling, and small questions.

`ModelSpec.hash_spec` asks the core for cells of the space, and this module for what lies beyond it:
graphs of more than 7 vertices or 9 edges, and other operations.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ecnas import InvalidArgument


def _md5(text: str) -> str:
    # A key, not a secret: machines that forbid MD5 for security allow it so.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def hash_module(matrix: Any, labeling: Sequence[int]) -> str:
    """NAS-Bench-101's hash, the same for all labellings of one architecture.

    Args:
        matrix: (n, n) of 0 and 1.
        labeling: n integers; −1 the input, −2 the output, operations from 0.
    Returns:
        32 hexadecimal digits.
    Raises:
        InvalidArgument: the matrix is not (n, n).

    A few tenths of a millisecond: iterated MD5 over the neighbours of each vertex, as many rounds
    as there are vertices. Source: Ying et al. 2019, `graph_util.hash_module`.
    """
    edges = np.asarray(matrix) != 0
    labels = [int(label) for label in labeling]
    if edges.shape != (len(labels), len(labels)):
        raise InvalidArgument(
            f"matrix: shape {edges.shape} beside {len(labels)} labels; "
            "expected a row and a column a label"
        )
    sources = [np.flatnonzero(column).tolist() for column in edges.T]
    targets = [np.flatnonzero(row).tolist() for row in edges]
    texts = [
        _md5(f"({len(into)}, {len(out_of)}, {label})")
        for into, out_of, label in zip(targets, sources, labels)
    ]
    for _ in labels:
        before = texts
        texts = [
            _md5(
                "|".join(
                    [
                        "".join(sorted(before[vertex] for vertex in out_of)),
                        "".join(sorted(before[vertex] for vertex in into)),
                        own,
                    ]
                )
            )
            for into, out_of, own in zip(targets, sources, before)
        ]
    return _md5(str(sorted(texts)))


def num_edges(matrix: Any) -> int:
    """The number of edges of an (n, n) adjacency matrix."""
    return int(np.count_nonzero(matrix))


def is_full_dag(matrix: Any) -> bool:
    """Whether nothing dangles in an (n, n) upper triangular adjacency matrix.

    Every vertex but the last leads somewhere, and every vertex but the first is led to; the graph
    being upper triangular, each then lies on a path from the first to the last.
    """
    edges = np.asarray(matrix) != 0
    return bool(edges[:-1].any(axis=1).all() and edges[:, 1:].any(axis=0).all())


def gen_is_edge_fn(bits: int) -> Callable[[int, int], int]:
    """What tells the edges of the graph that an integer stands for.

    Args:
        bits: of the upper triangle, column by column: (0, 1), (0, 2), (1, 2), (0, 3), …
    Returns:
        A function (x, y) → 0 or 1, of integers or arrays of them, as `np.fromfunction` calls it.

    Source: Ying et al. 2019, `graph_util.gen_is_edge_fn`.
    """

    def is_edge(x: int, y: int) -> int:
        if x >= y:
            return 0
        return bits >> (x + y * (y - 1) // 2) & 1

    return np.vectorize(is_edge)


def permute_graph(
    graph: Any, label: Sequence[Any], permutation: Sequence[int]
) -> tuple[np.ndarray[Any, Any], list[Any]]:
    """The same graph with vertex i at position permutation[i].

    Args:
        graph: (n, n) of 0 and 1.
        label: n labels.
        permutation: the n positions, each once.
    Returns:
        The matrix (n, n), of the same dtype, and the list of labels.

    Source: Ying et al. 2019, `graph_util.permute_graph`.
    """
    edges = np.asarray(graph)
    places = np.asarray(permutation)
    moved = np.zeros_like(edges)
    moved[np.ix_(places, places)] = edges
    labels: list[Any] = [None] * len(label)
    for vertex, place in enumerate(permutation):
        labels[place] = label[vertex]
    return moved, labels


def is_isomorphic(graph1: Any, graph2: Any) -> bool:
    """Whether some permutation of one graph gives the other.

    Args:
        graph1, graph2: pairs of an (n, n) matrix of 0 and 1 and n labels.

    Tries all permutations: n! times n² operations. Equality of `ecnas.Cell` takes nanoseconds.
    Source: Ying et al. 2019, `graph_util.is_isomorphic`.
    """
    matrix1, label1 = np.array(graph1[0]), list(graph1[1])
    matrix2, label2 = np.array(graph2[0]), list(graph2[1])
    if matrix1.shape != matrix2.shape or sorted(label1) != sorted(label2):
        return False
    for permutation in itertools.permutations(range(len(label1))):
        moved, labels = permute_graph(matrix1, label1, permutation)
        if labels == label2 and np.array_equal(moved, matrix2):
            return True
    return False
