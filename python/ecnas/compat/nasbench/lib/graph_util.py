"""Labelled graphs of any size: NAS-Bench-101's hash and two small questions.

`ModelSpec.hash_spec` asks the core for cells of the space, and this module for what lies beyond it:
graphs of more than 7 vertices or 9 edges, and other operations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
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
