"""Searches and comparisons of searches."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Mapping, Optional, Sequence, Union

from . import _core, load
from ._errors import InvalidArgument
from ._methods import _package, solutions_frame

if TYPE_CHECKING:
    import pandas as pd

    from ._surrogate import Surrogate

_USUAL_EVALUATIONS = 100

__all__ = ["Comparison", "SearchResult", "Trial", "compare", "search"]

Subject = Union[_core.Table, _core.Problem, str, "os.PathLike[str]"]


def as_problem(
    subject: Subject,
    objectives: Union[str, Sequence[str], None] = None,
    epochs: Union[int, Sequence[int], None] = None,
    constraints: Union[str, Sequence[str], None] = None,
) -> _core.Problem:
    """The problem itself, or one over the table, which may be named."""
    if isinstance(subject, _core.Problem):
        if objectives is not None or epochs is not None or constraints is not None:
            raise InvalidArgument(
                "objectives, epochs, constraints: a Problem has its own; give a table, or none"
            )
        return subject
    table = load(subject) if isinstance(subject, (str, bytes, os.PathLike)) else subject
    return _core.Problem(table, objectives, epochs, constraints)


def _model_of(prior: Union[Surrogate, str, None]) -> Any:
    """What a search knows beforehand: the shipped model's energies unless told otherwise."""
    if prior is None:
        return None
    if isinstance(prior, str):
        return _core.ModelFile.open(prior)
    if not isinstance(getattr(prior, "model", None), _core.ModelFile):
        raise InvalidArgument(
            f"prior: of type {type(prior).__name__}; expected a Surrogate, a model's name, or None"
        )
    return prior.model


def _common_options(
    evaluations: Optional[int],
    energy_kwh: Optional[float],
    co2eq_g: Optional[float],
    training_time_s: Optional[float],
    trials: int,
    seed: int,
    threads: int,
    noisy: bool,
    prior: Union[Surrogate, str, None],
) -> dict[str, Any]:
    """What searches and comparisons share, as the core takes it."""
    limits: dict[str, Optional[float]] = {
        "evaluations": evaluations,
        "energy_kwh": energy_kwh,
        "co2eq_g": co2eq_g,
        "training_time_s": training_time_s,
    }
    for name, limit in limits.items():
        kind, wanted = (Integral, "whole number") if name == "evaluations" else (Real, "number")
        if limit is not None and not (isinstance(limit, kind) and limit > 0):
            raise InvalidArgument(
                f"{name}: a limit of {limit!r}; expected a {wanted} above 0, or None"
            )
    if all(limit is None for limit in limits.values()):
        limits["evaluations"] = _USUAL_EVALUATIONS
    counts = {"trials": trials, "seed": seed, "threads": threads}
    for name, count in counts.items():
        if not (isinstance(count, Integral) and count >= 0):
            raise InvalidArgument(f"{name}: {count!r}; expected a whole number from 0")
    return {**limits, **counts, "noisy": noisy, "prior": _model_of(prior)}


@dataclass(frozen=True)
class Trial:
    """One seeded run of a search."""

    problem: _core.Problem
    seed: int  #: runs this trial again as the only one
    stop_reason: str
    ledger: dict[str, Any]  #: requests, evaluations, energy_kwh, co2eq_g, training_time_s, …
    columns: dict[str, Any] = field(repr=False)
    front_columns: dict[str, Any] = field(repr=False)

    @cached_property
    def evaluations(self) -> pd.DataFrame:
        """What was evaluated, in order: hash, epochs, objectives as the search saw them, row,
        is_feasible, requests, and what was spent so far in columns `cumulative_*`."""
        return solutions_frame(self.problem, self.columns)

    @cached_property
    def front(self) -> pd.DataFrame:
        """What it found, in order of the first objective: hash, epochs, objectives, row."""
        return solutions_frame(self.problem, self.front_columns)


def _trial(problem: _core.Problem, found: dict[str, Any]) -> Trial:
    return Trial(
        problem=problem,
        seed=found["seed"],
        stop_reason=found["stop_reason"],
        ledger=found["ledger"],
        columns=found["evaluations"],
        front_columns=found["front"],
    )


@dataclass(frozen=True)
class SearchResult:
    """Trials of one algorithm on one problem."""

    problem: _core.Problem
    algorithm: str
    trials: list[Trial] = field(repr=False)

    @property
    def front(self) -> pd.DataFrame:
        """Of the first trial."""
        return self.trials[0].front

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row a trial: seed, evaluations, points, hypervolume, hypervolume_share, energy_kwh,
        co2eq_g, training_time_s, stop_reason. Hypervolumes are at the problem's reference point."""
        pd = _package("pandas", "SearchResult.summary")
        exact = self.problem.exact_points
        rows = []
        for trial in self.trials:
            points = trial.front_columns["objectives"]
            rows.append(
                {
                    "seed": trial.seed,
                    "evaluations": trial.ledger["evaluations"],
                    "points": len(points),
                    "hypervolume": _core.hypervolume(points, list(self.problem.reference_point)),
                    # Where nothing keeps the constraints there is nothing to have a share of.
                    "hypervolume_share": (
                        _core.hypervolume_share(points, exact) if len(exact) else float("nan")
                    ),
                    "energy_kwh": trial.ledger["energy_kwh"],
                    "co2eq_g": trial.ledger["co2eq_g"],
                    "training_time_s": trial.ledger["training_time_s"],
                    "stop_reason": trial.stop_reason,
                }
            )
        return pd.DataFrame(rows)

    def plot(self, **options: Any) -> Any:
        """The trials' fronts beside the exact one, by matplotlib; see `ecnas.plot.search`."""
        from . import plot

        return plot.search(self, **options)


def search(
    table: Subject,
    algorithm: str = "keen",
    *,
    evaluations: Optional[int] = None,
    energy_kwh: Optional[float] = None,
    co2eq_g: Optional[float] = None,
    training_time_s: Optional[float] = None,
    trials: int = 1,
    seed: int = 0,
    threads: int = 1,
    options: Optional[Mapping[str, float]] = None,
    noisy: bool = False,
    prior: Union[Surrogate, str, None] = "ecnas-7v",
    objectives: Union[str, Sequence[str], None] = None,
    epochs: Union[int, Sequence[int], None] = None,
    constraints: Union[str, Sequence[str], None] = None,
) -> SearchResult:
    """Searches a table, charged with what its evaluations would have cost to train.

    table: a table, the name or file of one, or a `Problem`.
    algorithm: a name of `ecnas.algorithms`; options: its own.
    evaluations, energy_kwh, co2eq_g, training_time_s: a trial ends at the first limit reached;
        100 evaluations if none is given.
    trials: seeded runs; threads: how many side by side (0: one per core); results do not depend
        on it, and are the same for a seed on every machine.
    noisy: values are drawn as new trainings would give them, from the table's noise models.
    prior: what algorithms that use it know of energies beforehand: a Surrogate, a model's name or
        file, or None. It knows no accuracies.
    objectives, epochs, constraints: as of `Problem`, for a table.

    Ctrl-C ends it. Raises InvalidArgument for an unknown algorithm or option (with the nearest).
    """
    problem = as_problem(table, objectives, epochs, constraints)
    common = _common_options(
        evaluations, energy_kwh, co2eq_g, training_time_s, trials, seed, threads, noisy, prior
    )
    found = _core.run_search(problem, algorithm, dict(options or {}), **common)
    return SearchResult(problem, algorithm, [_trial(problem, trial) for trial in found])


@dataclass(frozen=True)
class Comparison:
    """What a comparison of algorithms shows, and what it does not."""

    problem: _core.Problem
    found: dict[str, Any] = field(repr=False)

    @property
    def verdict(self) -> list[str]:
        """Sentences that claim no more than the tests allow."""
        return list(self.found["verdict"])

    @property
    def order(self) -> list[str]:
        """By mean share of the exact front's hypervolume, best first."""
        return list(self.found["order"])

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """A row a contender and indicator: mean, deviation, 95 % interval of the mean."""
        pd = _package("pandas", "Comparison.indicators")
        rows = []
        for contender in self.found["contenders"]:
            for name, summary in contender["indicators"].items():
                lower, upper = summary["interval"] or (None, None)
                rows.append(
                    {
                        "contender": contender["name"],
                        "indicator": name,
                        "mean": summary["mean"],
                        "deviation": summary["deviation"],
                        "lower95": lower,
                        "upper95": upper,
                    }
                )
        return pd.DataFrame(rows)

    @cached_property
    def tests(self) -> pd.DataFrame:
        """A row a pair: mean difference, Wilcoxon and Mann–Whitney with Holm's adjustment, A12."""
        return _package("pandas", "Comparison.tests").DataFrame(self.found["tests"])

    def trials(self, indicator: str = "hypervolume_share") -> pd.DataFrame:
        """One indicator: a row a trial, a column a contender."""
        pd = _package("pandas", "Comparison.trials")
        return pd.DataFrame(
            {
                contender["name"]: contender["indicators"][indicator]["trials"]
                for contender in self.found["contenders"]
            }
        )


def compare(
    table: Subject,
    algorithms: Union[Sequence[str], Mapping[str, Mapping[str, Any]]],
    *,
    evaluations: Optional[int] = None,
    energy_kwh: Optional[float] = None,
    co2eq_g: Optional[float] = None,
    training_time_s: Optional[float] = None,
    trials: int = 10,
    seed: int = 0,
    threads: int = 1,
    noisy: bool = False,
    prior: Union[Surrogate, str, None] = "ecnas-7v",
    curves: bool = False,
    objectives: Union[str, Sequence[str], None] = None,
    epochs: Union[int, Sequence[int], None] = None,
    constraints: Union[str, Sequence[str], None] = None,
) -> Comparison:
    """Compares algorithms at equal budgets and common seeds.

    algorithms: names; or names of your own with {"algorithm": …, option: value, …}.
    curves: also how indicators change while searches spend (in `Comparison.found`); slower.
    All else as of `search`.
    """
    problem = as_problem(table, objectives, epochs, constraints)
    contenders: dict[str, dict[str, Any]]
    if isinstance(algorithms, str):
        algorithms = [algorithms]
    if isinstance(algorithms, Mapping):
        contenders = {name: dict(options) for name, options in algorithms.items()}
    else:
        names = list(algorithms)
        contenders = {name: {} for name in names}
        if len(contenders) < len(names):
            raise InvalidArgument(
                f"algorithms: {', '.join(map(str, names))}; expected each once, or names of your own"
            )
    chosen = [options.pop("algorithm", name) for name, options in contenders.items()]
    common = _common_options(
        evaluations, energy_kwh, co2eq_g, training_time_s, trials, seed, threads, noisy, prior
    )
    found = _core.run_comparison(
        problem, list(contenders), chosen, list(contenders.values()), curves=curves, **common
    )
    return Comparison(problem, found)
