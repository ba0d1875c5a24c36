"""What the two drop-ins share: a table behind the interface of the published classes.

Those read a whole file into dicts of dicts. Here a table stays mapped, `fixed_statistics` and
`computed_statistics` make what is asked for, and a query reads the few numbers it returns.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Optional, Union

import numpy as np
import numpy.typing as npt

import ecnas
from ecnas import Error, InvalidArgument, NotFound, Table

from .nasbench.lib.config import MAX_EDGES, MAX_VERTICES
from .nasbench.lib.model_spec import ModelSpec

DatasetFile = Union[str, "os.PathLike[str]", Table]
Tensor = Optional[npt.NDArray[np.float32]]

# Published key -> metric of a table. A key stands for the values at the end and for those halfway.
RESULTS = {
    "training_time": "training_time_s",
    "train_accuracy": "train_accuracy",
    "validation_accuracy": "validation_accuracy",
    "test_accuracy": "test_accuracy",
}
# Without these a search that runs on an answer would not stop, or not choose.
_REQUIRED = ("training_time", "validation_accuracy")

_HASH = re.compile("[0-9a-f]{32}")
_HASHES_AT_ONCE = 4096


class OutOfDomainError(Error):
    """The graph or the number of epochs lies outside the table's space."""


class TableBenchmark:
    """A table with the interface that `NASBench` and `ECNASBench` have in common.

    Attributes:
        table: the `ecnas.Table` behind it.
        config: a dict; `module_vertices`, `max_edges`, `available_ops` and `num_repeats` are read
            at every query and may be changed.
        valid_epochs: set of the budgets that can be queried.
        fixed_statistics: hash -> what does not depend on training; a read-only mapping.
        computed_statistics: hash -> epochs -> a dict of metrics a repeat; a read-only mapping.
        training_time_spent, total_epochs_spent: the budget counters, seconds and epochs.
    """

    def __init__(self, table: Table, config: dict[str, Any]) -> None:
        self.table = table
        self.config = config
        self.valid_epochs = {int(epochs) for epochs in table.budgets}
        self.history: dict[str, Any] = {}
        self.training_time_spent = 0.0
        self.total_epochs_spent = 0
        self.fixed_statistics: Mapping[str, dict[str, Any]] = TableMapping(table, self._fixed)
        self.computed_statistics: Mapping[str, dict[int, list[dict[str, Any]]]] = TableMapping(
            table, self._computed
        )
        # Properties of a table make new objects; these are read at every query.
        self._cells = table.cells
        self._parameters = table.parameters
        self._budgets = {int(epochs): index for index, epochs in enumerate(table.budgets)}
        self._nothing = [math.nan] * table.repeats
        self._final = self._tensors(RESULTS.values())
        self._halfway = self._tensors(f"{metric}_halfway" for metric in RESULTS.values())

    # What the published classes offer -------------------------------------------------------------

    def is_valid(self, model_spec: Any) -> bool:
        """Whether a spec lies in the space that `config` describes. Counters stay as they are.

        A cell of that space may still be absent from a partial table; `query` then raises NotFound.
        """
        try:
            self._check_spec(model_spec)
        except OutOfDomainError:
            return False
        return True

    def get_budget_counters(self) -> tuple[float, int]:
        """Training time in seconds and epochs of all queries since the last reset."""
        return self.training_time_spent, self.total_epochs_spent

    def reset_budget_counters(self) -> None:
        """Sets both counters to 0."""
        self.training_time_spent = 0.0
        self.total_epochs_spent = 0

    def hash_iterator(self) -> Any:
        """All hashes of the table, ascending; a view that can be iterated again."""
        return self.fixed_statistics.keys()

    def get_metrics_from_hash(
        self, module_hash: str
    ) -> tuple[dict[str, Any], dict[int, list[dict[str, Any]]]]:
        """All that is known of a cell: fixed statistics, and computed ones by epochs and repeat.

        For analysis: counters stay as they are. The dicts are the caller's own.

        Raises:
            NotFound (a KeyError): no cell of the table has this hash.
        """
        row = row_of_hash(self.table, module_hash)
        return self._fixed(row), self._computed(row)

    def get_metrics_from_spec(
        self, model_spec: Any
    ) -> tuple[dict[str, Any], dict[int, list[dict[str, Any]]]]:
        """As `get_metrics_from_hash`, for a spec in any labelling.

        Raises:
            OutOfDomainError: the spec is not `is_valid`.
            NotFound (a KeyError): the table does not hold the cell.
        """
        row = self._row_of(model_spec)
        return self._fixed(row), self._computed(row)

    # Specs and epochs -----------------------------------------------------------------------------

    def _check_spec(self, model_spec: Any) -> None:
        """Raises OutOfDomainError for what lies outside the space, in the published order."""
        config = self.config
        try:
            valid, matrix, ops = model_spec.valid_spec, model_spec.matrix, model_spec.ops
        except AttributeError as error:
            raise InvalidArgument(
                f"model_spec: found {type(model_spec).__name__}; expected a ModelSpec(matrix, ops)"
            ) from error
        if not valid:
            raise OutOfDomainError(
                "model_spec: nothing connects input to output; expected a connected graph"
            )
        if len(ops) > config["module_vertices"]:
            raise OutOfDomainError(
                f"model_spec: {len(ops)} vertices; at most {config['module_vertices']} are in the "
                "space"
            )
        edges = np.count_nonzero(matrix)
        if edges > config["max_edges"]:
            raise OutOfDomainError(
                f"model_spec: {edges} edges; at most {config['max_edges']} are in the space"
            )
        if ops[0] != "input":
            raise OutOfDomainError(f"model_spec: first operation {ops[0]!r}; expected 'input'")
        if ops[-1] != "output":
            raise OutOfDomainError(f"model_spec: last operation {ops[-1]!r}; expected 'output'")
        available = config["available_ops"]
        for operation in ops[1:-1]:
            if operation not in available:
                raise OutOfDomainError(
                    f"model_spec: operation {operation!r}; expected one of {list(available)}"
                )

    def _row_of(self, model_spec: Any) -> int:
        """The table's row of a spec. Raises OutOfDomainError, NotFound."""
        self._check_spec(model_spec)
        if not isinstance(model_spec, ModelSpec):
            # One of the published classes, or what a framework made to look like it.
            model_spec = ModelSpec(model_spec.matrix, model_spec.ops)
        cell = model_spec._core_cell(model_spec.ops[1:-1])
        if cell is None:
            raise NotFound(
                f"{self.table.name}: no such cell; `config` allows it, but tables hold cells of "
                f"at most {MAX_VERTICES} vertices, {MAX_EDGES} edges and three operations"
            )
        return int(self.table.row(cell))

    def _budget_of(self, epochs: int) -> int:
        if epochs not in self.valid_epochs:
            raise OutOfDomainError(
                f"epochs: {epochs}; {self.table.name} can be queried at {sorted(self.valid_epochs)}"
            )
        return self._budgets[epochs]

    # Values ---------------------------------------------------------------------------------------

    def _tensors(self, metrics: Any) -> list[Tensor]:
        """(cells, budgets, repeats) of each metric; None where the table lacks it."""
        known = set(self.table.metrics)
        return [self.table.tensor(metric) if metric in known else None for metric in metrics]

    def _read(self, tensors: Sequence[Tensor], row: int, budget: int) -> list[list[float]]:
        """Of each tensor the values of one cell at one budget, a repeat each; NaN: not there."""
        return [
            self._nothing if tensor is None else tensor[row, budget].tolist() for tensor in tensors
        ]

    def _fixed(self, row: int) -> dict[str, Any]:
        cell = self._cells[row]
        return {
            "module_adjacency": cell.matrix.astype(np.int8),
            "module_operations": list(cell.labels),
            "trainable_parameters": int(self._parameters[row]),
        }

    def _computed(self, row: int) -> dict[int, list[dict[str, Any]]]:
        """epochs -> a dict of metrics for each repeat that is there."""
        computed = {}
        for epochs, budget in self._budgets.items():
            slots = slots_there(self._read(self._final, row, budget))
            if slots:
                computed[epochs] = self._data_points(row, budget, slots)
        return computed

    def _data_points(self, row: int, budget: int, slots: Sequence[int]) -> list[dict[str, Any]]:
        """A dict of the metrics that are there for each of the repeats."""
        halfway = self._read(self._halfway, row, budget)
        final = self._read(self._final, row, budget)
        points: list[dict[str, Any]] = []
        for slot in slots:
            point = {}
            for stage, columns in (("halfway", halfway), ("final", final)):
                for key, column in zip(RESULTS, columns):
                    if not math.isnan(column[slot]):
                        point[f"{stage}_{key}"] = column[slot]
            points.append(point)
        return points

    def _results(
        self, row: int, epochs: int, slot: int, final: Sequence[Sequence[float]], halfway: bool
    ) -> dict[str, float]:
        """Training time and accuracies of one repeat. Raises NotFound for what a search needs."""
        columns: Sequence[Sequence[float]] = final
        if halfway:
            columns = self._read(self._halfway, row, self._budgets[epochs])
        results = {key: column[slot] for key, column in zip(RESULTS, columns)}
        for key in _REQUIRED:
            if results[key] != results[key]:  # NaN
                raise NotFound(self._what_is_missing(row, epochs, key, halfway))
        return results

    def _what_is_missing(self, row: int, epochs: int, key: str, halfway: bool) -> str:
        metric = RESULTS[key] + ("_halfway" if halfway else "")
        remedy = (
            "query without stop_halfway, or a table that holds values halfway"
            if halfway
            else "use a table that holds it"
        )
        return (
            f"{self.table.name}: no {metric} of cell {self._cells[row].hash} at {epochs} epochs; "
            f"{remedy}"
        )

    def _spend(self, training_time_s: float, epochs: int, halfway: bool) -> None:
        self.training_time_spent += training_time_s
        self.total_epochs_spent += epochs // 2 if halfway else epochs


class TableMapping(Mapping[str, Any]):
    """hash -> a value that is made when asked for. Read-only; changing a value changes no other."""

    def __init__(self, table: Table, make: Callable[[int], Any]) -> None:
        self._table = table
        self._make = make

    def __getitem__(self, module_hash: str) -> Any:
        return self._make(row_of_hash(self._table, module_hash))

    def __iter__(self) -> Iterator[str]:
        hashes = self._table.hashes
        for first in range(0, len(hashes), _HASHES_AT_ONCE):
            yield from hashes[first : first + _HASHES_AT_ONCE].astype("U32").tolist()

    def __len__(self) -> int:
        return len(self._table)

    def __contains__(self, module_hash: object) -> bool:
        try:
            row_of_hash(self._table, module_hash)
        except NotFound:
            return False
        return True

    def __repr__(self) -> str:
        return f"<{len(self)} cells of {self._table.name}, read when asked for>"


def row_of_hash(table: Table, module_hash: object) -> int:
    """The row of a cell by its 32 lower-case hexadecimal digits. Raises NotFound."""
    # Tables also know rows by number and cells by their text; the published dicts do not.
    if not isinstance(module_hash, str) or _HASH.fullmatch(module_hash) is None:
        raise NotFound(
            f"{table.name}: no cell {module_hash!r}; expected a hash of 32 lower-case hexadecimal "
            "digits"
        )
    return int(table.row(module_hash))


def slots_there(columns: Sequence[Sequence[float]]) -> list[int]:
    """The repeats of which any value is there, ascending. Tables may lack some."""
    if not math.isnan(sum(columns[0])):  # the usual case: none is missing
        return list(range(len(columns[0])))
    return [
        slot for slot, values in enumerate(zip(*columns)) if any(value == value for value in values)
    ]


def largest_cell(table: Table) -> tuple[int, int]:
    """The most vertices and the most edges of any cell of a table."""
    vertices, edges = 2, 1
    for cell in table.cells:
        vertices, edges = max(vertices, cell.vertices), max(edges, cell.edges)
        if vertices == MAX_VERTICES and edges == MAX_EDGES:
            break  # no cell has more: soon reached in large tables
    return vertices, edges


def open_table(dataset_file: DatasetFile) -> Table:
    """A table from whatever holds one.

    Args:
        dataset_file: an open table; the path of a file of ecnas, which is mapped; the path of a
            published TFRecord file or another source that `ecnas.import_table` knows, which is
            read as a whole; or else the name of a built-in table.
    Raises:
        InvalidArgument: none of these types. NotFound, InvalidData, IoFailure: as `ecnas.load` and
            `ecnas.import_table`.
    """
    if isinstance(dataset_file, Table):
        return dataset_file
    if not isinstance(dataset_file, (str, os.PathLike)):
        raise InvalidArgument(
            f"dataset_file: found {type(dataset_file).__name__}; expected the path of a TFRecord "
            "or table file, the name of a built-in table or an ecnas.Table"
        )
    path = os.fspath(dataset_file)
    if not os.path.exists(path) or _is_table_file(path):
        return ecnas.load(path)
    return ecnas.import_table(path)


def _is_table_file(path: str) -> bool:
    """Whether a file begins as tables do: a length, then a JSON object of that length.

    A TFRecord begins with a length too, then four bytes of checksum and a JSON array. What seems to
    be a table and is none, `ecnas.load` refuses.
    """
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        start = file.read(13)
    header_length = int.from_bytes(start[:8], "little")
    return start[8:10] == b'{"' and start[12:] != b"[" and header_length < os.path.getsize(path)
