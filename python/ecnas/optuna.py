"""Optuna on a benchmark: objectives that suggest a cell and read the table.

    objective = ecnas.optuna.Objective(ecnas.Problem(ecnas.load("ecnas-4v")))
    sampler = optuna.samplers.NSGAIISampler(population_size=20, seed=1)
    study = optuna.create_study(directions=objective.directions, sampler=sampler)
    study.optimize(objective, n_trials=300)
    cells = [objective.solution(trial.params) for trial in study.best_trials]

How a cell is suggested. By default as a graph: a parameter for each edge and each operation of the
canvas of the table's largest cell, so that samplers find structure to learn from and to recombine.
What is no cell of the table is pruned (`optuna.TrialPruned`): nothing would be trained, so no value
is made up, the ledger is not charged, and samplers pass over pruned trials that reported nothing.
Three quarters of all graphs are cells, and drawing another costs next to nothing. With
`encoding="row"` one integer is a row of the table instead: always a cell, but rows that are close
have nothing in common, so that is for random and for exhaustive search (`grid`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional, Union

import numpy as np

from ecnas import Cell, InvalidArgument, MissingDependency, NotFound
from ecnas._search import Subject, as_problem
from ecnas.configspace import OPERATIONS, Canvas, budgets_of

try:
    import optuna
    from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
except ImportError as error:
    raise MissingDependency(
        "ecnas.optuna: the package optuna is not installed; run: pip install optuna"
    ) from error

_ENCODINGS = ("graph", "row")


class Objective:
    """Suggests a cell, and a budget if the problem has several; returns the minimised objectives.

    problem: an `ecnas.Problem`, or a table; its ledger is charged for every evaluation.
    encoding: "graph" or "row", see above. Parameters are "edge_0_1" (0 or 1), …, "operation_1"
    (long names), … or "row", and "epochs".

    A call returns a float for one objective, else a tuple in the order of `problem.objectives`, and
    notes `cell` and `hash` among the trial's user attributes.
    """

    def __init__(self, problem: Subject, encoding: str = "graph") -> None:
        if encoding not in _ENCODINGS:
            raise InvalidArgument(f"encoding '{encoding}': unknown; expected 'graph' or 'row'")
        self.problem = problem = as_problem(problem)
        self.encoding = encoding
        self._canvas = Canvas.of(problem.table)
        self._budgets = budgets_of(problem)
        self._suggested_budgets = self._budgets if len(self._budgets) > 1 else ()

    @property
    def directions(self) -> list[str]:
        """For `optuna.create_study`: everything is minimised."""
        return ["minimize"] * len(self.problem.objectives)

    def search_space(self) -> dict[str, BaseDistribution]:
        """Parameters by name with their distributions, as `study.ask` takes them."""
        space: dict[str, BaseDistribution] = {}
        if self.encoding == "row":
            space["row"] = IntDistribution(0, len(self.problem.table) - 1)
        else:
            edges = len(self._canvas.edges)
            # Of two values order says nothing, and not every sampler takes categories.
            for name in self._canvas.parameters[:edges]:
                space[name] = IntDistribution(0, 1)
            for name in self._canvas.parameters[edges:]:
                space[name] = CategoricalDistribution(OPERATIONS)
        if self._suggested_budgets:
            space["epochs"] = CategoricalDistribution(self._suggested_budgets)
        return space

    def grid(self) -> dict[str, list[Any]]:
        """Every value of every parameter, for `optuna.samplers.GridSampler`.

        With `encoding="row"` that is each solution once; of graphs there are 2^21 · 3^5 on 7
        vertices, times the budgets.
        """
        return {name: _values(distribution) for name, distribution in self.search_space().items()}

    def parameters(self, cell: Cell, epochs: Optional[int] = None) -> dict[str, Any]:
        """Parameters of a cell at a budget, by default the largest, for `study.enqueue_trial`.

        Raises NotFound for a cell outside the table or a budget that is not searched.
        """
        row = self.problem.table.row(cell)
        if self.encoding == "row":
            values: dict[str, Any] = {"row": row}
        else:
            values = self._canvas.named(self._canvas.encode(cell))
        if epochs is not None and epochs not in self._budgets:
            raise NotFound(f"budget of {epochs} epochs: not searched; there are {self._budgets}")
        if self._suggested_budgets:
            values["epochs"] = self._budgets[-1] if epochs is None else epochs
        return values

    def solution(self, parameters: Mapping[str, Any]) -> tuple[Cell, int]:
        """(cell, epochs) of a trial's parameters; epochs is 0 for a table without budgets.

        Raises InvalidArgument if the graph is no cell.
        """
        if self.encoding == "row":
            cell = self.problem.table.cells[int(parameters["row"])]
        else:
            cell = self._canvas.cell(self._canvas.genotype(parameters))
        return cell, int(parameters.get("epochs", self._budgets[-1]))

    def __call__(self, trial: optuna.trial.BaseTrial) -> Union[float, tuple[float, ...]]:
        cell, epochs = self._suggest(trial)
        values = tuple(float(value) for value in self._evaluate(cell, epochs))
        return values if len(values) > 1 else values[0]

    def _suggest(self, trial: optuna.trial.BaseTrial) -> tuple[Cell, int]:
        parameters = {
            name: _suggested(trial, name, distribution)
            for name, distribution in self.search_space().items()
        }
        try:
            cell, epochs = self.solution(parameters)
        except InvalidArgument as reason:
            raise optuna.TrialPruned(str(reason)) from reason
        trial.set_user_attr("cell", cell.text)
        trial.set_user_attr("hash", cell.hash)
        return cell, epochs

    def _evaluate(self, cell: Cell, epochs: int) -> Any:
        try:
            return self.problem.evaluate(cell, epochs=epochs or None)
        except NotFound as reason:
            raise optuna.TrialPruned(str(reason)) from reason


class BudgetObjective(Objective):
    """One objective, reported at each budget in turn, so that a pruner can stop bad cells early.

        problem = ecnas.Problem(table, objectives=["validation_error"])
        pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=4, reduction_factor=3)
        study = optuna.create_study(pruner=pruner)
        study.optimize(ecnas.optuna.BudgetObjective(problem), n_trials=100)

    The steps that are reported are epochs: with budgets 4, 12, 36 and 108 each is a rung of a
    reduction by 3, for HyperbandPruner (`max_resource=108`) too. The ledger is charged for every
    budget, because that is what the table holds: trainings from the start, none that goes on.

    Raises InvalidArgument unless the problem has one objective and several budgets.
    """

    def __init__(self, problem: Subject, encoding: str = "graph") -> None:
        super().__init__(problem, encoding)
        if len(self.problem.objectives) != 1 or len(self._budgets) < 2:
            raise InvalidArgument(
                f"BudgetObjective: a problem of objectives {self.problem.objectives} and budgets "
                f"{self._budgets}; pruners need one objective and several budgets"
            )
        self._suggested_budgets = ()

    def __call__(self, trial: optuna.trial.BaseTrial) -> float:
        cell, _ = self._suggest(trial)
        for epochs in self._budgets:
            value = float(self._evaluate(cell, epochs)[0])
            trial.report(value, step=epochs)
            if epochs != self._budgets[-1] and trial.should_prune():
                raise optuna.TrialPruned(f"stopped after {epochs} epochs")
        return value


def _suggested(trial: optuna.trial.BaseTrial, name: str, distribution: BaseDistribution) -> Any:
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(name, distribution.low, distribution.high)
    assert isinstance(distribution, CategoricalDistribution)
    return trial.suggest_categorical(name, distribution.choices)


def _values(distribution: BaseDistribution) -> list[Any]:
    if isinstance(distribution, IntDistribution):
        return np.arange(distribution.low, distribution.high + 1).tolist()
    assert isinstance(distribution, CategoricalDistribution)
    return list(distribution.choices)
