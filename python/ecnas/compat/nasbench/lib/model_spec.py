"""`ModelSpec`: a labelled graph and the cell it prunes to, as NAS-Bench-101 publishes it."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from ecnas import Cell, InvalidArgument, MissingDependency

from .config import AVAILABLE_OPERATIONS, MAX_EDGES, MAX_VERTICES
from .graph_util import hash_module

_INPUT_LABEL = -1
_OUTPUT_LABEL = -2


class ModelSpec:
    """A cell as searches describe it: adjacency matrix and a label a vertex, pruned.

    Vertices that lie on no path from the first vertex to the last are removed. Labels are not
    judged here, and neither are the numbers of vertices and edges: `NASBench.is_valid` does that.

    Attributes:
        original_matrix: (n, n) as given, a copy.
        original_ops: the n labels as given, a list of its own.
        matrix: (V, V), pruned, of the dtype given; None if nothing connects first and last vertex.
        ops: the V labels, a list; None likewise.
        valid_spec: whether there is such a path.
        data_format: as given; nothing here reads it.
    """

    def __init__(
        self, matrix: Any, ops: Sequence[Any], data_format: str = "channels_last"
    ) -> None:
        """
        Args:
            matrix: (n, n) of 0 and 1, strictly upper triangular: an array of any number type and
                memory layout, or nested lists.
            ops: n labels. The first and the last are those of input and output.
            data_format: "channels_last" or "channels_first".
        Raises:
            InvalidArgument (a ValueError): the matrix is not square, does not fit the labels, has
                entries other than 0 and 1 (text and NaN among them) or edges that do not run from
                lower to higher vertices.

        Some twenty microseconds for 7 vertices.
        """
        given = _matrix_of(matrix)
        labels = _labels_of(ops)
        if len(labels) != len(given):
            raise InvalidArgument(
                f"ops: {len(labels)} labels for a matrix of {len(given)} rows; "
                "expected one a vertex"
            )
        kept = _vertices_on_paths(_targets_of(given))

        self.original_matrix: npt.NDArray[Any] = given
        self.original_ops: list[Any] = labels
        self.matrix: Optional[npt.NDArray[Any]] = None
        self.ops: Optional[list[Any]] = None
        self.valid_spec: bool = len(kept) >= 2
        self.data_format = data_format
        if self.valid_spec:
            self.matrix = given.take(kept, axis=0).take(kept, axis=1)
            self.ops = [labels[vertex] for vertex in kept]

        # The core's cell and what it was made from: users may change matrix and ops.
        self._cell: Optional[Cell] = None
        self._cell_source: Optional[tuple[bytes, tuple[str, ...]]] = None

    def __getstate__(self) -> dict[str, Any]:
        """For copies and pickles: all but what is kept for speed."""
        return {**self.__dict__, "_cell": None, "_cell_source": None}

    def hash_spec(self, canonical_ops: Iterable[Any]) -> str:
        """The key of the architecture in every published table: NAS-Bench-101's iterated MD5.

        Args:
            canonical_ops: operations in the order of their labels, `config["available_ops"]`.
        Returns:
            32 hexadecimal digits, the same for all labellings of one architecture.
        Raises:
            ValueError: an operation is not among `canonical_ops`.
            TypeError: the spec is invalid (`valid_spec` is False).

        Some microseconds; a few tenths of a millisecond beyond 7 vertices, 9 edges or 3 operations.
        """
        matrix, ops = self._pruned()
        canonical = list(canonical_ops)
        labels = [canonical.index(operation) for operation in ops[1:-1]]
        if all(label < len(AVAILABLE_OPERATIONS) for label in labels):
            cell = self._core_cell([AVAILABLE_OPERATIONS[label] for label in labels])
            if cell is not None:
                return str(cell.hash)
        return hash_module(matrix, [_INPUT_LABEL, *labels, _OUTPUT_LABEL])

    def visualize(self) -> Any:
        """The pruned graph as a `graphviz.Digraph`; notebooks draw it.

        Raises:
            MissingDependency: the Python package graphviz is not installed. `ecnas.Cell` draws
                itself in notebooks without it.
            TypeError: the spec is invalid.
        """
        matrix, ops = self._pruned()
        try:
            graphviz = importlib.import_module("graphviz")
        except ImportError as error:
            raise MissingDependency(
                "ModelSpec.visualize: the Python package graphviz is not installed; install it "
                "(pip install graphviz), or show ecnas.Cell(spec.matrix, spec.ops) in a notebook"
            ) from error
        graph = graphviz.Digraph()
        for vertex, label in enumerate(["input", *ops[1:-1], "output"]):
            graph.node(str(vertex), str(label))
        for source, target in zip(*np.nonzero(matrix)):
            graph.edge(str(source), str(target))
        return graph

    def _pruned(self) -> tuple[npt.NDArray[Any], list[Any]]:
        if self.matrix is None or self.ops is None:
            raise TypeError(
                "ModelSpec: nothing connects input to output, so there is no cell to hash or draw; "
                "look at valid_spec first"
            )
        return self.matrix, self.ops

    def _core_cell(self, operations: Sequence[str]) -> Optional[Cell]:
        """The pruned graph as the core's cell; None if it lies outside the core's space.

        The last one is kept: a spec is judged, hashed and queried more than once.
        """
        matrix, ops = self._pruned()
        if len(ops) > MAX_VERTICES or np.count_nonzero(matrix) > MAX_EDGES:
            return None
        source = (matrix.tobytes(), tuple(operations))
        if source != self._cell_source:
            self._cell = _cell_of(matrix, operations)
            self._cell_source = source
        return self._cell


def is_upper_triangular(matrix: Any) -> bool:
    """Whether an (n, n) matrix is 0 on its diagonal and below."""
    return not np.any(np.tril(np.asarray(matrix)))


def _matrix_of(matrix: Any) -> npt.NDArray[Any]:
    """A copy in C order of a square matrix of numbers."""
    try:
        # Ragged lists become an array of lists in older versions of NumPy, an error in later ones.
        array = np.array(matrix, order="C")
    except (TypeError, ValueError) as error:
        raise InvalidArgument(
            f"matrix: not a matrix ({error}); expected rows of equal length"
        ) from error
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise InvalidArgument(
            f"matrix: shape {array.shape}; expected a square one, a row and a column a vertex"
        )
    if array.dtype.kind not in "biuf":
        raise InvalidArgument(
            f"matrix: entries of type {array.dtype}; expected the numbers 0 and 1"
        )
    return array


def _labels_of(ops: Any) -> list[Any]:
    if isinstance(ops, (str, bytes)) or not isinstance(ops, Iterable):
        raise InvalidArgument(
            f"ops: found {ops!r}; expected a list of labels, one a vertex"
        )
    return list(ops)


def _targets_of(matrix: npt.NDArray[Any]) -> list[list[int]]:
    """Where the edges of each vertex lead. Raises InvalidArgument for what is no edge."""
    targets = []
    for source, row in enumerate(matrix.tolist()):
        found = []
        for target, entry in enumerate(row):
            if entry == 0:
                continue
            if entry != 1:
                raise InvalidArgument(
                    f"matrix: {entry} in row {source}, column {target}; expected 0 or 1"
                )
            if target <= source:
                raise InvalidArgument(
                    f"matrix: an edge from vertex {source} to {target}; expected an upper "
                    "triangular matrix, with edges from lower to higher vertices only"
                )
            found.append(target)
        targets.append(found)
    return targets


def _vertices_on_paths(targets: list[list[int]]) -> list[int]:
    """Vertices on paths from the first to the last, ascending. Edges run forward: one pass each."""
    vertices = range(len(targets))
    reached = [vertex == 0 for vertex in vertices]
    for vertex in vertices:
        if reached[vertex]:
            for target in targets[vertex]:
                reached[target] = True
    leads = [vertex == len(targets) - 1 for vertex in vertices]
    for vertex in reversed(vertices):
        leads[vertex] = leads[vertex] or any(leads[target] for target in targets[vertex])
    return [vertex for vertex in vertices if reached[vertex] and leads[vertex]]


def _cell_of(matrix: npt.NDArray[Any], operations: Sequence[str]) -> Optional[Cell]:
    edges = (matrix != 0).view(np.uint8)
    try:
        cell = Cell(edges, ["input", *operations, "output"])
    except InvalidArgument:
        return None
    # A matrix that was changed after pruning may prune to a smaller cell, which is not this graph.
    return cell if cell.vertices == len(operations) + 2 else None
