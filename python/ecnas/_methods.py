"""Methods of the core's classes that are made of Python's own packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Iterable, Optional, TypeVar, Union

from . import _core
from ._errors import MissingDependency

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import xarray as xr

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _method_of(cls: type) -> Callable[[_Function], _Function]:
    def add(function: _Function) -> _Function:
        setattr(cls, function.__name__, function)
        return function

    return add


def _package(name: str, purpose: str) -> Any:
    """An optional package. Raises MissingDependency that says how to get it."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        root = name.partition(".")[0]
        raise MissingDependency(
            f"{purpose} needs the package {root}, which is not there; pip install {root}"
        ) from error


# --- Cell ----------------------------------------------------------------------------------------


def parse_cell(text: str) -> _core.Cell:
    """What a pickled cell is made of again."""
    return _core.Cell.parse(text)


@_method_of(_core.Cell)
def _repr_svg_(self: _core.Cell) -> Optional[str]:
    """The graph for notebooks; None without Graphviz, and they show the text."""
    program = shutil.which("dot")
    if program is None:
        return None
    drawn = subprocess.run(
        [program, "-Tsvg"], input=self.to_dot(), capture_output=True, text=True, check=False
    )
    return drawn.stdout[drawn.stdout.find("<svg") :] if drawn.returncode == 0 else None


# --- CellArray and Entry: what their collections' abstract classes promise ------------------------

Sequence.register(_core.CellArray)
for _name in ("index", "count", "__contains__", "__reversed__"):
    setattr(_core.CellArray, _name, getattr(Sequence, _name))
Mapping.register(_core.Entry)

# --- Table ---------------------------------------------------------------------------------------


def _has_value(table: _core.Table) -> "np.ndarray[Any, Any]":
    """Whether any metric has a value: bool (cells, budgets, repeats)."""
    import numpy as np

    shape = (len(table), len(table.budgets), table.repeats)
    there = np.zeros(shape, bool)
    for metric in table.metrics:
        there |= ~np.isnan(table.tensor(metric))
    return there


@_method_of(_core.Table)
def to_pandas(
    self: _core.Table, *, metrics: Optional[Iterable[str]] = None, provenance: bool = False
) -> "pd.DataFrame":
    """A row for each training: hash, epochs, repeat (from 1), trainable_parameters, metrics.

    metrics: which; None: all. provenance: a column METRIC_provenance beside each metric.
    What is not there is NaN; trainings without any value are left out. A table of cells alone
    gives a row a cell. Units are in `DataFrame.attrs["units"]`.
    """
    pd = _package("pandas", "to_pandas")
    import numpy as np

    from . import PROVENANCES

    hashes = self.hashes.astype("U32")
    if not self.budgets:
        return pd.DataFrame({"hash": hashes, "trainable_parameters": self.parameters})
    metrics = [metrics] if isinstance(metrics, str) else metrics
    chosen = self.metrics if metrics is None else tuple(metrics)
    there = _has_value(self)
    cell, budget, repeat = np.nonzero(there)
    columns: dict[str, Any] = {
        "hash": hashes[cell],
        "epochs": np.asarray(self.budgets, np.int32)[budget],
        "repeat": (repeat + 1).astype(np.int32),
        "trainable_parameters": self.parameters[cell],
    }
    for metric in chosen:
        columns[metric] = self.tensor(metric)[there]
        if provenance:
            columns[f"{metric}_provenance"] = pd.Categorical.from_codes(
                self.provenance(metric)[there], PROVENANCES
            )
    frame = pd.DataFrame(columns)
    frame.attrs["units"] = {metric: self.units[metric] for metric in chosen}
    return frame


def _attributes(table: _core.Table) -> dict[str, Any]:
    """What a table says of itself, for formats that keep texts and numbers alone."""
    metadata = table.metadata
    attributes = {
        key: metadata[key]
        for key in ("data_set", "source", "citation", "energy_quality")
        if metadata[key]
    }
    if metadata["devices"]:
        attributes["devices"] = "; ".join(metadata["devices"])
    for key in ("pue", "carbon_intensity_g_per_kwh"):
        if metadata[key] is not None:
            attributes[key] = metadata[key]
    attributes["table"] = table.name
    return attributes


@_method_of(_core.Table)
def to_parquet(
    self: _core.Table, path: Union[str, "os.PathLike[str]"], *, provenance: bool = True
) -> None:
    """Writes what `to_pandas` gives; units and what the table says of itself are metadata."""
    import json

    pa = _package("pyarrow", "to_parquet")
    parquet = _package("pyarrow.parquet", "to_parquet")
    frame = self.to_pandas(provenance=provenance)
    frame.attrs = {}
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [
        field.with_metadata({"unit": self.units[field.name]}) if field.name in self.units else field
        for field in arrow.schema
    ]
    metadata = dict(arrow.schema.metadata or {})
    metadata[b"ecnas"] = json.dumps(_attributes(self)).encode()
    arrow = arrow.cast(pa.schema(fields, metadata=metadata))
    beside = f"{os.fsdecode(path)}.part"
    try:
        parquet.write_table(arrow, beside, compression="zstd")
        os.replace(beside, path)
    finally:
        if os.path.exists(beside):
            os.remove(beside)


@_method_of(_core.Table)
def to_xarray(self: _core.Table) -> "xr.Dataset":
    """A Dataset over cell, epochs and repeat; nothing is copied.

    Variables: every metric, with its unit and description, and METRIC_provenance beside it.
    """
    xr = _package("xarray", "to_xarray")
    import numpy as np

    from . import PROVENANCES

    dimensions = ("cell", "epochs", "repeat")
    variables: dict[str, Any] = {"trainable_parameters": ("cell", self.parameters, {"unit": "1"})}
    for metric in self.metrics:
        attributes = {"unit": self.units[metric], "description": self.descriptions[metric]}
        variables[metric] = (dimensions, self.tensor(metric), attributes)
        variables[f"{metric}_provenance"] = (
            dimensions,
            self.provenance(metric),
            {"flag_values": list(range(len(PROVENANCES))), "flag_meanings": " ".join(PROVENANCES)},
        )
    coordinates = {
        "cell": self.hashes.astype("U32"),
        "epochs": np.asarray(self.budgets, np.int32),
        "repeat": np.arange(1, self.repeats + 1, dtype=np.int32),
    }
    return xr.Dataset(variables, coordinates, _attributes(self))  # type: ignore[no-any-return]


@_method_of(_core.Table)
def front(
    self: _core.Table,
    objectives: Union[str, Sequence[str], None] = None,
    epochs: Union[int, Sequence[int], None] = None,
    constraints: Union[str, Sequence[str], None] = None,
) -> "pd.DataFrame":
    """The exact Pareto front over cells and budgets; see `Problem`."""
    return _core.Problem(self, objectives, epochs, constraints).front()


@_method_of(_core.Table)
def info(self: _core.Table) -> str:
    """What the table is, in some lines."""
    metadata = self.metadata
    lines = [
        f"{self.name}: {len(self):,} cells"
        + (f", {', '.join(map(str, self.budgets))} epochs" if self.budgets else "")
        + (f", {self.repeats} repeats" if self.repeats > 1 else "")
    ]
    for label, key in (("data set", "data_set"), ("source", "source"), ("cite", "citation")):
        if metadata[key]:
            lines.append(f"{label}: {metadata[key]}")
    if metadata["devices"]:
        lines.append(f"devices: {'; '.join(metadata['devices'])}")
    if metadata["pue"] is not None:
        lines.append(f"PUE {metadata['pue']:g}, included in energies and emissions")
    if metadata["energy_quality"]:
        lines.append(f"energies: {metadata['energy_quality']}")
    lines += [f"  {metric} [{self.units[metric]}]" for metric in self.metrics]
    return "\n".join(lines)


@_method_of(_core.Table)
def ledger(
    self: _core.Table,
    *,
    pue: Optional[float] = None,
    carbon_intensity: Optional[float] = None,
    repeat: Optional[int] = None,
) -> _core.Ledger:
    """A new account of what requests of this table's cells would have cost; see `Ledger`."""
    return _core.Ledger(self, pue=pue, carbon_intensity=carbon_intensity, repeat=repeat)


# --- Measurement ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class SpanUse:
    """What a named part of a measurement used."""

    name: str
    depth: int  #: how many spans it lies in
    begin_s: float  #: since the measurement began
    duration_s: float
    energy_kwh: float  #: PUE included
    coverage: float  #: share of its time that was observed
    is_complete: bool  #: ended before the measurement did


def _spans(self: _core.Measurement) -> list[SpanUse]:
    """The named parts, in the order in which they began."""
    return [SpanUse(**span) for span in self._spans]


_core.Measurement.spans = property(_spans, doc=_spans.__doc__)  # type: ignore[assignment]


# --- Problem -------------------------------------------------------------------------------------


def solutions_frame(problem: _core.Problem, columns: dict[str, Any]) -> "pd.DataFrame":
    """Columns of the core as a frame: hash, epochs, a column an objective, then all others."""
    pd = _package("pandas", "a data frame")
    points = columns["objectives"]
    data: dict[str, Any] = {"hash": columns["hash"].astype("U32"), "epochs": columns["epochs"]}
    for position, name in enumerate(problem.columns):
        data[name] = points[:, position]
    known = {"hash", "epochs", "objectives"}
    data.update({name: values for name, values in columns.items() if name not in known})
    return pd.DataFrame(data)


def _front(self: _core.Problem) -> "pd.DataFrame":
    """The exact Pareto front, in order of the first objective: hash, epochs, objectives, row."""
    return solutions_frame(self, self.front_columns())


def _exact_points(self: _core.Problem) -> "np.ndarray[Any, Any]":
    """Objectives of the exact front: float64 (n, k)."""
    return self.front_columns()["objectives"]  # type: ignore[no-any-return]


_core.Problem.front = _front  # type: ignore[method-assign]
_core.Problem.exact_points = property(_exact_points, doc=_exact_points.__doc__)  # type: ignore
