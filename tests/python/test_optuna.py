"""Optuna's studies on cells: what is suggested, what is pruned, and what is found."""

from __future__ import annotations

import numpy as np
import pytest

import ecnas
from ecnas import indicators

optuna = pytest.importorskip("optuna")

from ecnas import optuna as adapter  # noqa: E402

COMPLETE = optuna.trial.TrialState.COMPLETE
PRUNED = optuna.trial.TrialState.PRUNED


@pytest.fixture(autouse=True)
def quiet():
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


@pytest.fixture
def problem(table_4v):
    return ecnas.Problem(table_4v)


def test_a_graph_is_suggested_edge_by_edge(problem):
    space = adapter.Objective(problem).search_space()
    assert list(space)[:3] == ["edge_0_1", "edge_0_2", "edge_0_3"]
    assert list(space)[6:] == ["operation_1", "operation_2", "epochs"]
    assert space["epochs"].choices == (4, 12, 36, 108)


def test_one_budget_is_not_suggested(table_4v):
    objective = adapter.Objective(ecnas.Problem(table_4v, epochs=[36]))
    assert "epochs" not in objective.search_space()
    assert objective.solution(objective.parameters(table_4v.cells[5])) == (table_4v.cells[5], 36)


@pytest.mark.parametrize("encoding", ["graph", "row"])
def test_every_cell_has_parameters_that_lead_back(problem, table_4v, encoding):
    objective = adapter.Objective(problem, encoding)
    for cell in table_4v.cells:
        for epochs in problem.budgets:
            parameters = objective.parameters(cell, epochs)
            assert set(parameters) == set(objective.search_space())
            assert objective.solution(parameters) == (cell, epochs)


def test_an_unknown_encoding_cell_or_budget_is_refused(problem, table_4v):
    with pytest.raises(ecnas.InvalidArgument, match="'graph' or 'row'"):
        adapter.Objective(problem, "tree")
    objective = adapter.Objective(problem)
    with pytest.raises(ecnas.NotFound):
        objective.parameters(ecnas.Space(5)[2531])  # of 5 vertices
    with pytest.raises(ecnas.NotFound, match="5 epochs"):
        objective.parameters(table_4v.cells[0], 5)


@pytest.mark.parametrize("encoding", ["graph", "row"])
def test_a_call_returns_the_problems_objectives_and_notes_the_cell(problem, table_4v, encoding):
    objective = adapter.Objective(problem, encoding)
    cell = table_4v.cells[42]
    trial = optuna.trial.FixedTrial(objective.parameters(cell, 12))
    assert objective(trial) == tuple(ecnas.Problem(table_4v).evaluate(cell, epochs=12))
    assert trial.user_attrs["hash"] == cell.hash
    assert problem.ledger.evaluations == 1


def test_a_graph_that_is_no_cell_is_pruned_and_costs_nothing(problem, table_4v):
    objective = adapter.Objective(problem)
    parameters = objective.parameters(table_4v.cells[0])
    parameters.update((name, 0) for name in parameters if name.startswith("edge"))
    with pytest.raises(optuna.TrialPruned):
        objective(optuna.trial.FixedTrial(parameters))
    assert problem.ledger.evaluations == 0


def test_a_multi_objective_study_finds_the_front(problem):
    objective = adapter.Objective(problem)
    sampler = optuna.samplers.NSGAIISampler(population_size=20, seed=1)
    study = optuna.create_study(directions=objective.directions, sampler=sampler)
    study.optimize(objective, n_trials=300)
    assert {trial.state for trial in study.trials} == {COMPLETE, PRUNED}
    front = np.array([trial.values for trial in study.best_trials])
    assert indicators.hypervolume_share(front, problem.exact_points) > 0.95
    for trial in study.best_trials:
        cell, epochs = objective.solution(trial.params)
        assert cell.hash == trial.user_attrs["hash"]
        assert tuple(trial.values) == tuple(problem.evaluate(cell, epochs=epochs))


def test_a_grid_over_rows_visits_every_solution_once(table_4v):
    problem = ecnas.Problem(table_4v, epochs=[36])  # Optuna's grids take long where they are large
    objective = adapter.Objective(problem, "row")
    sampler = optuna.samplers.GridSampler(objective.grid(), seed=1)
    study = optuna.create_study(directions=objective.directions, sampler=sampler)
    study.optimize(objective)  # ends with the grid
    assert problem.ledger.evaluations == len(study.trials) == 91
    found = {tuple(trial.values) for trial in study.best_trials}
    assert found == {tuple(point) for point in problem.exact_points}


def test_a_known_cell_starts_a_study(problem, table_4v):
    objective = adapter.Objective(problem)
    study = optuna.create_study(
        directions=objective.directions, sampler=optuna.samplers.RandomSampler(seed=1)
    )
    study.enqueue_trial(objective.parameters(table_4v.cells[13], 36))
    study.optimize(objective, n_trials=1)
    assert study.trials[0].user_attrs["hash"] == table_4v.cells[13].hash


@pytest.mark.parametrize(
    "pruner",
    [
        optuna.pruners.SuccessiveHalvingPruner(min_resource=4, reduction_factor=3),
        optuna.pruners.HyperbandPruner(min_resource=4, max_resource=108, reduction_factor=3),
    ],
    ids=["successive halving", "hyperband"],
)
def test_pruners_stop_at_budgets_and_save_energy(table_4v, pruner):
    problem = ecnas.Problem(table_4v, objectives=["validation_error"])
    objective = adapter.BudgetObjective(problem)
    study = optuna.create_study(
        study_name="budgets", sampler=optuna.samplers.RandomSampler(seed=1), pruner=pruner
    )
    study.optimize(objective, n_trials=80)
    stopped = [trial for trial in study.trials if trial.state == PRUNED and trial.last_step]
    finished = [trial for trial in study.trials if trial.state == COMPLETE]
    assert stopped and finished
    assert {trial.last_step for trial in stopped} <= {4, 12, 36}
    assert {trial.last_step for trial in finished} == {108}
    for trial in finished:
        cell, epochs = objective.solution(trial.params)
        assert trial.value == problem.evaluate(cell, epochs=epochs)[0]
    seen = {trial.user_attrs["hash"] for trial in stopped + finished}
    everything = sum(
        table_4v.query(digits, epochs=epochs)["energy_kwh"]
        for digits in seen
        for epochs in problem.budgets
    )
    assert problem.ledger.energy_kwh < 0.75 * everything


def test_pruning_needs_one_objective_and_several_budgets(table_4v):
    with pytest.raises(ecnas.InvalidArgument, match="one objective"):
        adapter.BudgetObjective(ecnas.Problem(table_4v))
    with pytest.raises(ecnas.InvalidArgument, match="several budgets"):
        adapter.BudgetObjective(
            ecnas.Problem(table_4v, objectives=["validation_error"], epochs=[108])
        )


def test_a_table_will_do_and_other_things_are_told(table_4v):
    assert ecnas.optuna.Objective(table_4v).problem.table.name == table_4v.name
    with pytest.raises(ecnas.WrongType):
        ecnas.optuna.Objective(None)
