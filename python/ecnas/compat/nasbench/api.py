"""NAS-Bench-101's `nasbench.api` over tables of ecnas.

    >>> from ecnas.compat.nasbench import api
    >>> nasbench = api.NASBench("ecnas-4v", seed=1)
    >>> spec = api.ModelSpec(
    ...     matrix=[[0, 1, 1], [0, 0, 1], [0, 0, 0]], ops=["input", "conv3x3-bn-relu", "output"]
    ... )
    >>> data = nasbench.query(spec, epochs=108)
    >>> sorted(data)[:3]
    ['module_adjacency', 'module_operations', 'test_accuracy']
    >>> nasbench.get_budget_counters()[1]
    108

Names, keys, dtypes, pruning, exceptions, counters and the draws of repeats are the published ones
(https://github.com/google-research/nasbench); docs/python-compat.md lists what differs.
"""

from __future__ import annotations

import json
import random
from typing import Any, NoReturn, Optional

import numpy as np

from ecnas import NotFound, Table

from .._benchmark import (
    DatasetFile,
    OutOfDomainError,
    TableBenchmark,
    largest_cell,
    open_table,
    slots_there,
)
from .lib import config
from .lib.model_spec import ModelSpec

__all__ = ["ModelSpec", "NASBench", "OutOfDomainError"]


class NASBench(TableBenchmark):
    """Queries a table as NAS-Bench-101's class does.

    Of the computed statistics, a data point holds `halfway_` and `final_` each before
    `training_time` (s), `train_accuracy`, `validation_accuracy` and `test_accuracy` (fractions):
    those that the table has. Numbers are those of the table, 32-bit floats.
    """

    def __init__(self, dataset_file: DatasetFile, seed: Optional[int] = None) -> None:
        """
        Args:
            dataset_file: the path of a TFRecord file (read as a whole: `ecnas import` once makes a
                table of it, which opens at once), the path of a table, the name of a built-in
                table such as "ecnas-7v", or an `ecnas.Table`.
            seed: seeds Python's global `random`, from which repeats are drawn; None: anew.
        Raises:
            NotFound, InvalidData, IoFailure: the table cannot be opened.

        `config` has the published keys; its limits on vertices and edges are those of the largest
        cells of the table, the number of repeats and the network are the table's.
        """
        table = open_table(dataset_file)
        super().__init__(table, _config_of(table))
        random.seed(seed)

    def query(
        self, model_spec: Any, epochs: int = 108, stop_halfway: bool = False
    ) -> dict[str, Any]:
        """One training of a cell, drawn among its repeats; the counters grow by what it cost.

        Args:
            model_spec: a `ModelSpec`, in any labelling.
            epochs: one of `valid_epochs`.
            stop_halfway: the results at the checkpoint on the way instead of those at the end;
                counts half the epochs.
        Returns:
            `module_adjacency` (V, V) int8 and `module_operations`, of the labelling that the table
            holds; `trainable_parameters`; `training_time` in seconds; `train_accuracy`,
            `validation_accuracy`, `test_accuracy`, fractions. A train or test accuracy that the
            table lacks is NaN.
        Raises:
            OutOfDomainError: epochs or spec lie outside the table's space.
            NotFound (a KeyError): the table lacks the cell, the cell at these epochs, its training
                time or its validation accuracy; with `stop_halfway`, those halfway.

        As published, a query that finds the cell draws once from Python's global `random`:
        `randint(0, config["num_repeats"] - 1)`, or among fewer where the cell has fewer repeats.
        Some ten microseconds for a new spec.
        """
        budget = self._budget_of(epochs)
        row = self._row_of(model_spec)
        final = self._read(self._final, row, budget)
        slot = self._drawn(slots_there(final), row, epochs)
        results = self._results(row, epochs, slot, final, stop_halfway)
        self._spend(results["training_time"], epochs, stop_halfway)
        return {**self._fixed(row), **results}

    def evaluate(self, model_spec: Any, model_dir: Any) -> NoReturn:
        """Not offered: the published function trains with TensorFlow 1.

        Raises:
            NotImplementedError: always; the message says what trains a cell here.
        """
        raise NotImplementedError(
            "NASBench.evaluate: training is not part of the Python package; train the cell with "
            "`ecnas train CELL --data DIRECTORY --epochs N --output DIRECTORY`, or build it as a "
            "PyTorch module with ecnas.torch.build(cell)"
        )

    def _drawn(self, slots: list[int], row: int, epochs: int) -> int:
        """One of the repeats that are there. The draw comes first, as published."""
        choices = min(self.config["num_repeats"], len(slots) or self.config["num_repeats"])
        index = random.randint(0, choices - 1)
        if not slots:
            raise NotFound(
                f"{self.table.name}: nothing of cell {self._cells[row].hash} at {epochs} epochs; "
                "get_metrics_from_spec lists what is there"
            )
        return slots[index]


def _config_of(table: Table) -> dict[str, Any]:
    settings = config.build_config()
    settings["module_vertices"], settings["max_edges"] = largest_cell(table)
    settings["num_repeats"] = max(table.repeats, 1)
    skeleton = table.metadata.get("skeleton")
    for key, attribute in (
        ("stem_filter_size", "stem_width"),
        ("num_stacks", "stacks"),
        ("num_modules_per_stack", "cells_per_stack"),
        ("num_labels", "classes"),
    ):
        settings[key] = getattr(skeleton, attribute, settings[key])
    return settings


class _NumpyEncoder(json.JSONEncoder):
    """Writes NumPy's arrays as lists and its scalars as numbers: `json.dumps(x, cls=…)`."""

    def default(self, o: Any) -> Any:
        if isinstance(o, (np.ndarray, np.generic)):
            return o.tolist()
        return super().default(o)
