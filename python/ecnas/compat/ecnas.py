"""EC-NAS's published class `ECNASBench` over tables of ecnas.

    >>> from ecnas.compat.ecnas import ECNASBench
    >>> benchmark = ECNASBench("ecnas-4v")
    >>> spec = benchmark.get_model_spec([[0, 1], [0, 0]], ["input", "output"])
    >>> 0.0 < benchmark.query(spec, epochs=4)["energy (kWh)"] < 0.01
    True

The published module is `ecnas.api.nasbench101` of EC-NAS-Bench (Bakhtiarifard, Igel, Selvan 2024);
`from ecnas.compat import ecnas as nasbench101` stands in for it. docs/python-compat.md lists what
is as published and what is mended.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from ecnas import NotFound, Table

from ._benchmark import (
    RESULTS,
    DatasetFile,
    OutOfDomainError,
    TableBenchmark,
    largest_cell,
    open_table,
    slots_there,
)
from .nasbench.lib.config import AVAILABLE_OPERATIONS
from .nasbench.lib.model_spec import ModelSpec

__all__ = ["ECNASBench", "ModelSpec", "OutOfDomainError"]

# Published key -> metric of a table.
_TRAINING = {"energy (kWh)": "energy_kwh", "co2eq (g)": "co2eq_g"}
_WHOLE_RUN = {
    "total_time": "run_time_s",
    "total_energy (kWh)": "run_energy_kwh",
    "total_co2eq (g)": "run_co2eq_g",
}
# Published keys whose values no table holds: when a run began and ended, and what Carbontracker had
# predicted for it after the first epochs. (Value of a query, keys.)
_NOT_KEPT: Sequence[tuple[Any, Sequence[str]]] = (
    ("", ("start_emission", "stop_emission", "total_start_emission", "total_stop_emission")),
    (
        math.nan,
        (
            "predicted_energy (kWh)",
            "predicted_co2eq (g)",
            "predicted_training_time",
            "predicted_avg_intensity (gCO2/kWh)",
        ),
    ),
)

_METER = re.compile("((?:gpu|cpu)[0-9]+)_(?:energy_kwh|average_power_w)")
_JOULES_PER_KWH = 3.6e6
_SECONDS_PER_DAY = 86_400


class ECNASBench(TableBenchmark):
    """Queries a table as EC-NAS's class does: always the first repeat, energy beside accuracy.

    Of the computed statistics, a data point holds `halfway_` and `final_` each before
    `training_time` (s), `train_accuracy`, `validation_accuracy` and `test_accuracy` (fractions),
    and the keys of `query` on energy: those that the table has.

    Energies and emissions are those of the table, with the PUE that `table.metadata["pue"]` says:
    1.59 in the published tables of 4 and 5 vertices, 1.0 in that of 7 and in the built-in ones.
    """

    def __init__(self, dataset_file: DatasetFile, seed: Optional[int] = None) -> None:
        """
        Args:
            dataset_file: the path of a TFRecord file or of a table, the name of a built-in table
                such as "ecnas-7v", or an `ecnas.Table`. Paths are taken as they are; the published
                class looked in a folder of its own.
            seed: not used, as published: nothing is drawn.
        Raises:
            NotFound, InvalidData, IoFailure: the table cannot be opened.
        """
        table = open_table(dataset_file)
        vertices, edges = largest_cell(table)
        config = {
            "module_vertices": vertices,
            "max_edges": edges,
            "available_ops": list(AVAILABLE_OPERATIONS),
            "num_repeats": table.repeats,
        }
        super().__init__(table, config)
        self.seed = seed
        self._name = f"EC-NAS-Bench ({table.name})"
        self._training = self._tensors(_TRAINING.values())
        self._training_halfway = self._tensors(f"{metric}_halfway" for metric in _TRAINING.values())
        self._whole_run = self._tensors(_WHOLE_RUN.values())
        self._stated_intensity = table.metadata.get("carbon_intensity_g_per_kwh")
        self._meters = [_Meter(table, name) for name in _meter_names(table)]

    def query(
        self, model_spec: Any, epochs: int = 108, stop_halfway: bool = False
    ) -> dict[str, Any]:
        """The first repeat of a cell; the counters grow by what its training cost.

        Args:
            model_spec: a `ModelSpec`, in any labelling.
            epochs: one of `valid_epochs`.
            stop_halfway: results at the checkpoint on the way instead of those at the end; counts
                half the epochs. Mended: `energy (kWh)` and `co2eq (g)` are those halfway too,
                where the published class answers with those of the whole training.
        Returns:
            - `module_adjacency` (V, V) int8, `module_operations`, `trainable_parameters`;
            - `training_time` (s), `train_accuracy`, `validation_accuracy`, `test_accuracy`;
            - `energy (kWh)`, `co2eq (g)`, `avg_intensity (gCO2/kWh)`: of the training;
            - `total_time` (s), `total_energy (kWh)`, `total_co2eq (g)`,
              `overall_avg_intensity (gCO2/kWh)`: of the whole run, evaluations included;
            - `avg_power_usages`: {"gpu": …, "cpu": …}, each with `avgPowerUsagesW` (mean powers at
              the devices), `avgPowerUsagesJ` (their energies without PUE) and `devices`, the
              table's names of the meters; empty if nothing was metered;
            - `predicted_energy (kWh)`, `predicted_co2eq (g)`, `predicted_training_time`,
              `predicted_avg_intensity (gCO2/kWh)`: NaN, tables do not keep what Carbontracker
              predicted;
            - `start_emission`, `stop_emission`, `total_start_emission`, `total_stop_emission`: "",
              tables do not keep the time of each run.

            Numbers that the table lacks are NaN, where the published class says 0.
        Raises:
            OutOfDomainError: epochs or spec lie outside the table's space.
            NotFound (a KeyError): the table lacks the cell, the cell at these epochs, its training
                time or its validation accuracy; with `stop_halfway`, those halfway.

        Some ten microseconds for a new spec.
        """
        budget = self._budget_of(epochs)
        row = self._row_of(model_spec)
        final = self._read(self._final, row, budget)
        slots = slots_there(final)
        if not slots:
            raise NotFound(
                f"{self.table.name}: nothing of cell {self._cells[row].hash} at {epochs} epochs; "
                "get_metrics_from_spec lists what is there"
            )
        results = self._results(row, epochs, slots[0], final, stop_halfway)
        data = {
            **self._fixed(row),
            **results,
            **self._energies(row, budget, slots[0], stop_halfway),
            **{key: value for value, keys in _NOT_KEPT for key in keys},
        }
        self._spend(results["training_time"], epochs, stop_halfway)
        return data

    def get_model_spec(self, matrix: Any, labels: Sequence[Any]) -> ModelSpec:
        """`ModelSpec(matrix, labels)`."""
        return ModelSpec(matrix, labels)

    def get_intermediate_ops(self) -> list[str]:
        """The operations that occur in the table, in the order of their labels.

        Mended: the published order changes from one process to the next.
        """
        found: set[str] = set()
        for cell in self._cells:
            found.update(cell.operations)
            if len(found) == len(AVAILABLE_OPERATIONS):
                break
        return [operation for operation in AVAILABLE_OPERATIONS if operation in found]

    def info(self) -> None:
        """Prints what the table holds, in the published lines.

        Aggregates are over all repeats at the smallest budget: the trainings that ran, where larger
        budgets are scaled from it. (Published: at 4 epochs.)
        """
        print("\n".join(self._lines()))

    # ----------------------------------------------------------------------------------------------

    def _energies(self, row: int, budget: int, slot: int, halfway: bool = False) -> dict[str, Any]:
        """The keys of a query on energy; NaN: not there."""

        def values(tensors: Any) -> list[float]:
            return [column[slot] for column in self._read(tensors, row, budget)]

        energies: dict[str, Any] = dict(
            zip(_TRAINING, values(self._training_halfway if halfway else self._training))
        )
        energies.update(zip(_WHOLE_RUN, values(self._whole_run)))
        energies["avg_intensity (gCO2/kWh)"] = self._intensity(
            energies["co2eq (g)"], energies["energy (kWh)"]
        )
        energies["overall_avg_intensity (gCO2/kWh)"] = self._intensity(
            energies["total_co2eq (g)"], energies["total_energy (kWh)"]
        )
        energies["avg_power_usages"] = _power_usages(self._meters, (row, budget, slot))
        return energies

    def _intensity(self, co2eq_g: float, energy_kwh: float) -> float:
        """Carbon intensity in g/kWh: the table's, or else this run's emissions by its energy."""
        if self._stated_intensity is not None:
            return float(self._stated_intensity)
        return co2eq_g / energy_kwh if energy_kwh > 0 else math.nan

    def _data_points(self, row: int, budget: int, slots: Sequence[int]) -> list[dict[str, Any]]:
        points = super()._data_points(row, budget, slots)
        for point, slot in zip(points, slots):
            energies = self._energies(row, budget, slot)
            usages = energies.pop("avg_power_usages")
            point.update((key, value) for key, value in energies.items() if not math.isnan(value))
            if usages:
                point["avg_power_usages"] = usages
        return points

    def _lines(self) -> list[str]:
        vertices, counts = np.unique(self._cells.vertices, return_counts=True)
        cells = {f"{size}V": f"{count} models" for size, count in zip(vertices, counts)}
        time_s = self._spent_on_smallest(self._final[list(RESULTS).index("training_time")])
        energy_kwh, co2eq_g = (self._spent_on_smallest(tensor) for tensor in self._training)
        return [
            f"{self._name}:",
            f"Datapoints: {self._trainings()}",
            f"Unique models: {len(self.table)}",
            f"Module vertices: {json.dumps(cells, indent=2)}",
            f"Max edges: {self.config['max_edges']}",
            f"Operations: {['input', *self.get_intermediate_ops(), 'output']}",
            f"Epoch budgets: {sorted(self.valid_epochs)}",
            f"Aggregate training time: {time_s / _SECONDS_PER_DAY:.3f} day(s)",
            f"Aggregate energy consumption (kWh): {energy_kwh}",
            f"Aggregate co2eq emission (g): {co2eq_g}",
        ]

    def _trainings(self) -> int:
        """How many (cell, budget, repeat) hold a result."""
        tensors = [tensor for tensor in self._final if tensor is not None]
        if not tensors:
            return 0
        there = ~np.isnan(tensors[0])
        for tensor in tensors[1:]:
            there |= ~np.isnan(tensor)
        return int(np.count_nonzero(there))

    @staticmethod
    def _spent_on_smallest(tensor: Optional[npt.NDArray[np.float32]]) -> float:
        """Sum over cells and repeats at the smallest budget; NaN if the table lacks the metric."""
        if tensor is None:
            return math.nan
        return float(np.nansum(tensor[:, 0], dtype=np.float64))


class _Meter:
    """Readings of one component, `gpu0`: (cells, budgets, repeats) each; None: there are none."""

    def __init__(self, table: Table, name: str) -> None:
        known = set(table.metrics)

        def tensor(metric: str) -> Optional[npt.NDArray[np.float32]]:
            return table.tensor(metric) if metric in known else None

        self.name = name
        self.kind = name.rstrip("0123456789")
        self._pue = table.metadata.get("pue")
        self._power_w = tensor(f"{name}_average_power_w")
        self._energy_kwh = tensor(f"{name}_energy_kwh")

    def power_w(self, place: tuple[int, int, int]) -> float:
        """At the device; NaN: not there."""
        return math.nan if self._power_w is None else float(self._power_w[place])

    def energy_j(self, place: tuple[int, int, int]) -> float:
        """Without PUE, as the published files have it; NaN also if the table's PUE is unknown."""
        if self._energy_kwh is None or self._pue is None:
            return math.nan
        return float(self._energy_kwh[place]) / float(self._pue) * _JOULES_PER_KWH


def _meter_names(table: Table) -> list[str]:
    matches = [_METER.fullmatch(metric) for metric in table.metrics]
    return sorted({match.group(1) for match in matches if match is not None})


def _power_usages(meters: Sequence[_Meter], place: tuple[int, int, int]) -> dict[str, Any]:
    """Readings as the published class makes a dict of its message."""
    usages: dict[str, Any] = {}
    for meter in meters:
        power_w, energy_j = meter.power_w(place), meter.energy_j(place)
        if math.isnan(power_w) and math.isnan(energy_j):
            continue
        usage = usages.setdefault(
            meter.kind, {"avgPowerUsagesW": [], "avgPowerUsagesJ": [], "devices": []}
        )
        usage["avgPowerUsagesW"].append({"avgPowerUsage": power_w})
        usage["avgPowerUsagesJ"].append({"avgPowerUsage": energy_j})
        usage["devices"].append({"name": meter.name})
    return usages
