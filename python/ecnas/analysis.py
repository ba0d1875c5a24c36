"""What a table says about operations, metrics and trade-offs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Iterable, Optional, Sequence, Union

import numpy as np

from . import _core
from ._errors import InvalidArgument
from ._methods import _package

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = [
    "OPERATIONS",
    "RankCorrelation",
    "Swaps",
    "correlations",
    "cost_of_operations",
    "rank_correlation",
    "swaps",
    "trade_off",
    "values",
]

#: In the order of every matrix over operations.
OPERATIONS = ("conv3x3", "conv1x1", "maxpool3x3")


def _series(values_: ArrayLike, name: str) -> Any:
    try:
        series = np.ascontiguousarray(values_, np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"{name}: {error}; expected numbers") from error
    if series.ndim != 1:
        raise InvalidArgument(f"{name}: shape {series.shape}; expected (n,)")
    return series


@dataclass(frozen=True)
class Swaps:
    """What a metric does when an operation is replaced by another in every cell."""

    change: pd.DataFrame  #: row: replaced, column: by what; in `unit`
    interval: np.ndarray[Any, Any]  #: (3, 3, 2): 95 %, over cells
    cells: np.ndarray[Any, Any]  #: (3, 3): that count
    unit: str  #: "%", or the metric's own
    definition: str
    epochs: int


def swaps(
    table: _core.Table,
    metric: str = "energy",
    epochs: Optional[int] = None,
    definition: Optional[str] = None,
) -> Swaps:
    """EC-NAS's operator swaps, with intervals over cells (docs/algorithms/swaps.md).

    metric: "energy", "training_time", "co2eq", "parameters", "flops", "validation_accuracy",
        "test_accuracy".
    definition: None: "published" for costs, "absolute" for accuracies.
    """
    pd = _package("pandas", "swaps")
    found = _core.swaps(table, metric, epochs, definition)
    change = pd.DataFrame(found["change"], index=OPERATIONS, columns=OPERATIONS)
    return Swaps(
        change=change,
        interval=found["interval"],
        cells=found["cells"],
        unit=found["unit"],
        definition=found["definition"],
        epochs=found["epochs"],
    )


@dataclass(frozen=True)
class RankCorrelation:
    """How alike two series order the same cells; None where one does not vary."""

    cells: int
    kendall_tau: Optional[float]
    kendall_tau_interval: Optional[tuple[float, float]]  #: 95 %
    spearman: Optional[float]
    spearman_interval: Optional[tuple[float, float]]


def rank_correlation(
    x: ArrayLike, y: ArrayLike, *, resamples: int = 500, seed: int = 0
) -> RankCorrelation:
    """Kendall's τ_b and Spearman's ρ of the pairs of which neither is NaN, with bootstrap intervals
    over cells."""
    found = _core.rank_correlation(_series(x, "x"), _series(y, "y"), resamples, seed)
    tau = found["kendall_tau"] or (None, None)
    rho = found["spearman"] or (None, None)
    return RankCorrelation(found["cells"], tau[0], tau[1], rho[0], rho[1])


def correlations(
    table: _core.Table, epochs: Optional[int] = None, kind: str = "kendall_tau"
) -> pd.DataFrame:
    """Rank correlations between all metrics of a table at one budget.

    kind: "kendall_tau" or "spearman".
    """
    if kind not in ("kendall_tau", "spearman"):
        raise InvalidArgument(f"kind {kind!r}: unknown; choose from kendall_tau, spearman")
    pd = _package("pandas", "correlations")
    found = _core.correlations(table, epochs)
    return pd.DataFrame(found[kind], index=found["metrics"], columns=found["metrics"])


def values(
    table: _core.Table, metric: str, epochs: Optional[int] = None
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """One metric of all cells in order of rows: float64 (n), means over repeats; NaN: not there.

    Metrics as of `swaps`: parameters and FLOPs are computed.
    """
    return _core.metric_values(table, metric, epochs)["values"]  # type: ignore[no-any-return]


def trade_off(
    table: _core.Table,
    cost: str = "energy",
    accuracy: str = "validation_accuracy",
    epochs: Optional[int] = None,
    losses: Sequence[float] = (0.0, 0.005, 0.01, 0.02, 0.05),
) -> pd.DataFrame:
    """What is saved by giving up a little accuracy: for each loss (a fraction; 0.01 is a percentage
    point) the cheapest cell that loses no more than the most accurate one."""
    pd = _package("pandas", "trade_off")
    costs = values(table, cost, epochs)
    accuracies = values(table, accuracy, epochs)
    frame = pd.DataFrame(_core.trade_off(costs, accuracies, list(losses))["savings"])
    frame.insert(1, "hash", table.hashes.astype("U32")[frame.pop("cell")])
    return frame


def cost_of_operations(
    cells: Union[_core.CellArray, Iterable[Any]], costs: ArrayLike
) -> pd.DataFrame:
    """What each operation, depth and width adds to a cost, all others held: percent with 95 %
    intervals. `DataFrame.attrs` has r2 and the number of cells."""
    pd = _package("pandas", "cost_of_operations")
    found = _core.cost_of_operations(cells, _series(costs, "costs"))
    rows = []
    for effect in found["effects"]:
        lower, upper = effect["interval"] or (np.nan, np.nan)
        rows.append(
            {
                "term": effect["term"],
                "description": effect["description"],
                "percent": 100 * np.expm1(effect["log_effect"]),
                "lower95": 100 * np.expm1(lower),
                "upper95": 100 * np.expm1(upper),
            }
        )
    frame = pd.DataFrame(rows)
    frame.attrs = {"r2": found["r2"], "cells": found["cells"]}
    return frame
