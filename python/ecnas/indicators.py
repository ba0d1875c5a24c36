"""Quality indicators: one number for how good a front is. All objectives are minimised.

Points are arrays (n, k) of floats. Distances and ε add up objectives as they are: where units
differ, normalise both fronts first. Definitions: docs/algorithms/indicators.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence

import numpy as np

from . import _core
from ._errors import InvalidArgument

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    Points = np.ndarray[Any, np.dtype[np.float64]]

__all__ = [
    "additive_epsilon",
    "attainment_surface",
    "coverage",
    "hypervolume",
    "hypervolume_contributions",
    "hypervolume_share",
    "hypervolume_share_after_each",
    "igd_plus",
    "knee",
    "multiplicative_epsilon",
    "non_dominated",
    "points_found",
    "r2",
    "spread",
]


def _points(values: ArrayLike) -> Points:
    try:
        points = np.ascontiguousarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"points: {error}; expected (n, k) numbers") from error
    if points.ndim != 2:
        raise InvalidArgument(f"points: shape {points.shape}; expected (n, k), a row a point")
    if np.isnan(points).any():
        raise InvalidArgument("points: a value is NaN; expected numbers")
    return points


def hypervolume(points: ArrayLike, reference_point: Sequence[float]) -> float:
    """Volume dominated by the points and bounded by the reference point, exact, any k to 8.

    Points not strictly below the reference contribute nothing.
    """
    return _core.hypervolume(_points(points), list(reference_point))


def hypervolume_contributions(points: ArrayLike, reference_point: Sequence[float]) -> Points:
    """What the hypervolume would lose without each point: (n)."""
    return _core.hypervolume_contributions(_points(points), list(reference_point))


def hypervolume_share(points: ArrayLike, exact_points: ArrayLike) -> float:
    """Share of the exact front's hypervolume, both min–max normalised by the exact front,
    reference 1.1 in each objective."""
    return _core.hypervolume_share(_points(points), _points(exact_points))


def hypervolume_share_after_each(points: ArrayLike, exact_points: ArrayLike) -> Points:
    """The share after each of the points, which come one after another: (n)."""
    return _core.hypervolume_share_after_each(_points(points), _points(exact_points))


def igd_plus(points: ArrayLike, reference_front: ArrayLike) -> float:
    """Mean distance from the reference front to the points, where being better costs nothing."""
    return _core.igd_plus(_points(points), _points(reference_front))


def additive_epsilon(points: ArrayLike, reference_front: ArrayLike) -> float:
    """The least to be taken from every objective for the points to attain the reference front."""
    return _core.additive_epsilon(_points(points), _points(reference_front))


def multiplicative_epsilon(points: ArrayLike, reference_front: ArrayLike) -> float:
    """The least factor by which objectives must be divided to attain the reference front."""
    return _core.multiplicative_epsilon(_points(points), _points(reference_front))


def r2(points: ArrayLike, ideal: Sequence[float], weights: int = 100) -> float:
    """Mean over at most so many weights of the least weighted Tchebycheff distance from ideal."""
    return _core.r2(_points(points), list(ideal), weights)


def spread(points: ArrayLike, reference_front: ArrayLike) -> float:
    """How unevenly a front is spread, and how far it stays from the reference front's ends."""
    return _core.spread(_points(points), _points(reference_front))


def coverage(first: ArrayLike, second: ArrayLike) -> float:
    """Share of the second's points that some point of the first dominates or equals."""
    return _core.coverage(_points(first), _points(second))


def points_found(points: ArrayLike, exact_points: ArrayLike) -> int:
    """How many of the distinct exact points are among the points."""
    return _core.points_found(_points(points), _points(exact_points))


def non_dominated(points: ArrayLike) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Positions of the non-dominated points, ascending; of equal points the first."""
    return _core.non_dominated(_points(points))


def knee(points: ArrayLike, definition: str = "bend-angle") -> Optional[int]:
    """Position of the knee of a two-objective front; None for fewer than 3 points on it.

    definition: "bend-angle", "chord-distance", "curvature", "hypervolume", "ideal-distance".
    """
    return _core.knee(_points(points), definition)


def attainment_surface(fronts: Sequence[ArrayLike], level: int) -> Points:
    """Corners (m, 2) of what at least `level` of the fronts attain; 1 is best."""
    return _core.attainment_surface([_points(front) for front in fronts], level)
