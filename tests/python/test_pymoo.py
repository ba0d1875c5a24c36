"""pymoo's algorithms on cells: the operators keep them cells, and NSGA-II finds the front."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import ecnas
from ecnas import indicators

pytest.importorskip("pymoo")

from pymoo.algorithms.moo.nsga2 import NSGA2  # noqa: E402
from pymoo.core.population import Population  # noqa: E402
from pymoo.optimize import minimize  # noqa: E402

from ecnas import pymoo as adapter  # noqa: E402


@pytest.fixture
def problem(table_4v):
    return adapter.CellProblem(ecnas.Problem(table_4v))


def random_genotypes(problem, count, seed=1):
    generator = np.random.default_rng(seed)
    return generator.integers(0, problem.xu.astype(int) + 1, size=(count, problem.n_var))


def test_a_genotype_has_edges_operations_and_a_budget(problem):
    assert problem.n_var == 6 + 2 + 1
    assert problem.n_obj == 2
    assert problem.xu.tolist() == [1] * 6 + [2] * 2 + [3]


def test_without_a_choice_of_budgets_a_genotype_has_none(table_4v):
    problem = adapter.CellProblem(ecnas.Problem(table_4v, epochs=[36]))
    assert problem.n_var == 6 + 2
    cell = table_4v.cells[7]
    assert problem.solution(problem.genotype(cell)) == (cell, 36)


def test_every_cell_survives_encoding_in_any_place(problem, table_4v):
    generator = np.random.default_rng(1)
    for cell in table_4v.cells:
        for epochs in problem.budgets:
            genotype = problem.genotype(cell, epochs, generator)
            assert problem.solution(genotype) == (cell, epochs)


def test_a_budget_that_is_not_searched_is_refused(problem, table_4v):
    with pytest.raises(ecnas.NotFound, match="5 epochs"):
        problem.genotype(table_4v.cells[0], 5)


def test_evaluations_are_the_problems_own_and_booked(problem, table_4v):
    benchmark = ecnas.Problem(table_4v)
    solutions = [(table_4v.cells[row], epochs) for row in (3, 50, 90) for epochs in (4, 108)]
    genotypes = np.array([problem.genotype(*solution) for solution in solutions])
    expected = [benchmark.evaluate(cell, epochs=epochs) for cell, epochs in solutions]
    np.testing.assert_array_equal(problem.evaluate(genotypes), expected)
    assert problem.benchmark.ledger.evaluations == len(solutions)
    assert problem.benchmark.ledger.energy_kwh == pytest.approx(benchmark.ledger.energy_kwh)


def test_what_is_no_cell_has_the_worst_objectives_and_costs_nothing(problem):
    nothing = np.zeros(problem.n_var, dtype=int)
    assert problem.solution(nothing) is None
    np.testing.assert_array_equal(
        problem.evaluate(nothing[np.newaxis])[0], problem.benchmark.reference_point
    )
    assert problem.benchmark.ledger.evaluations == 0


def test_samples_are_distinct_solutions_of_the_table(problem):
    samples = adapter.CellSampling().do(problem, 364, random_state=np.random.default_rng(1))
    solutions = {problem.solution(genotype) for genotype in samples.get("X")}
    assert len(solutions) == 364  # 91 cells at 4 budgets


def test_repair_makes_every_genotype_a_cell_and_leaves_cells_alone(problem):
    genotypes = random_genotypes(problem, 200)
    known = np.array([problem.knows(genotype) for genotype in genotypes])
    assert 0 < known.sum() < len(known)
    population = Population.new("X", genotypes.copy())
    repaired = adapter.CellRepair().do(
        problem, population, random_state=np.random.default_rng(2)
    ).get("X")
    assert all(problem.knows(genotype) for genotype in repaired)
    np.testing.assert_array_equal(repaired[known], genotypes[known])


def test_repair_draws_a_cell_where_mutation_finds_none(problem):
    population = Population.new("X", np.zeros((5, problem.n_var), dtype=int))
    repaired = adapter.CellRepair(attempts=0).do(
        problem, population, random_state=np.random.default_rng(3)
    )
    assert all(problem.knows(genotype) for genotype in repaired.get("X"))


def test_mutation_stays_in_bounds_and_changes_as_much_as_it_says(problem):
    genotypes = random_genotypes(problem, 5000)
    mutants = adapter.CellMutation()._do(
        problem, genotypes, random_state=np.random.default_rng(4)
    )
    assert mutants.min() >= 0
    assert (mutants <= problem.xu).all()
    changes = (mutants != genotypes).sum(axis=0) / len(genotypes)
    # Means of 5,000 draws: five standard deviations are at most 0.04 a gene.
    assert changes[:6].sum() == pytest.approx(2, abs=0.1)
    assert changes[6:8].sum() == pytest.approx(0.5, abs=0.05)
    assert changes[8] == pytest.approx(0.5, abs=0.04)


def test_crossover_gives_each_gene_to_one_child(problem):
    parents = np.array([random_genotypes(problem, 100, seed) for seed in (1, 2)])
    children = adapter.CellCrossover()._do(
        problem, parents, random_state=np.random.default_rng(5)
    )
    np.testing.assert_array_equal(np.sort(children, axis=0), np.sort(parents, axis=0))
    assert (children[0] != parents[0]).any()


def test_isomorphic_genotypes_are_duplicates_unless_budgets_differ(problem):
    cell = ecnas.Cell.parse("0110001000010000:conv3x3,maxpool3x3")
    swapped = ecnas.Cell(
        [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]],
        ["input", "conv1x1", "maxpool3x3", "output"],
    )
    other_way = ecnas.Cell(
        [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]],
        ["input", "maxpool3x3", "conv1x1", "output"],
    )
    genotypes = np.array(
        [
            problem.genotype(swapped, 4),
            problem.genotype(other_way, 4),
            problem.genotype(other_way, 12),
            problem.genotype(cell, 4),
        ]
    )
    eliminate = adapter.IsomorphicDuplicates(problem)
    kept = eliminate.do(Population.new("X", genotypes))
    assert [problem.solution(genotype) for genotype in kept.get("X")] == [
        (swapped, 4),
        (swapped, 12),
        (cell, 4),
    ]
    assert len(eliminate.do(Population.new("X", genotypes[1:2]), kept)) == 0


def test_nsga2_finds_the_front_and_the_same_one_for_a_seed(table_4v):
    found = []
    for _ in range(2):
        problem = adapter.CellProblem(ecnas.Problem(table_4v))
        algorithm = NSGA2(pop_size=40, **adapter.operators(problem))
        result = minimize(problem, algorithm, ("n_eval", 400), seed=1)
        found.append(result.F)
        share = indicators.hypervolume_share(result.F, problem.benchmark.exact_points)
        assert share > 0.95
        assert problem.benchmark.ledger.evaluations <= 400
        for genotype, objectives in zip(result.X, result.F):
            cell, epochs = problem.solution(genotype)
            np.testing.assert_array_equal(
                objectives, problem.benchmark.evaluate(cell, epochs=epochs)
            )
    np.testing.assert_array_equal(*found)


def test_the_front_is_known_to_pymoos_indicators(problem):
    front = problem.pareto_front()
    exact = problem.benchmark.exact_points
    np.testing.assert_array_equal(front, exact[np.argsort(exact[:, 0])])


def test_a_kept_history_shares_the_problem(table_4v):
    problem = adapter.CellProblem(ecnas.Problem(table_4v))
    assert copy.deepcopy(problem) is problem
    algorithm = NSGA2(pop_size=10, **adapter.operators(problem))
    result = minimize(problem, algorithm, ("n_gen", 3), seed=1, save_history=True)
    assert len(result.history) == 3


def test_a_table_of_cells_alone_is_searched_without_budgets():
    problem = adapter.CellProblem(ecnas.Problem(ecnas.load("space-4v")))
    assert problem.budgets == (0,)
    algorithm = NSGA2(pop_size=20, **adapter.operators(problem))
    result = minimize(problem, algorithm, ("n_eval", 120), seed=1)
    assert indicators.hypervolume_share(result.F, problem.benchmark.exact_points) > 0.95


def test_a_table_will_do_and_other_things_are_told(table_4v):
    assert ecnas.pymoo.CellProblem(table_4v).benchmark.table.name == table_4v.name
    with pytest.raises(ecnas.WrongType):
        ecnas.pymoo.CellProblem(None)
