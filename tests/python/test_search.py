"""Problems, searches, comparisons, indicators, surrogates, analyses."""

import math
import numpy as np
import pytest

import ecnas
from ecnas import analysis, indicators

pytest.importorskip("pandas")


def test_a_search_is_a_function_of_its_seed(table_4v):
    first = ecnas.search(table_4v, "semoa", evaluations=60, trials=3, seed=4)
    again = ecnas.search(table_4v, "semoa", evaluations=60, trials=3, seed=4, threads=2)
    for one, other in zip(first.trials, again.trials):
        assert one.evaluations.equals(other.evaluations) and one.front.equals(other.front)
        assert one.ledger["evaluations"] == 60 == len(one.evaluations)
    alone = ecnas.search(table_4v, "semoa", evaluations=60, seed=first.trials[2].seed)
    assert alone.front.equals(first.trials[2].front)


def test_what_a_search_saw_is_what_the_table_says(table_4v):
    result = ecnas.search(table_4v, evaluations=40)
    spent = 0.0
    for _, evaluation in result.trials[0].evaluations.iterrows():
        entry = table_4v.query(evaluation["hash"], int(evaluation.epochs))
        assert evaluation.energy_kwh == pytest.approx(entry["energy_kwh"])
        assert evaluation.validation_error == pytest.approx(1 - entry["validation_accuracy"])
        spent += entry["energy_kwh"]
        assert evaluation.cumulative_energy_kwh == pytest.approx(spent)
    summary = result.summary
    assert summary.hypervolume_share[0] <= 1 and summary.points[0] == len(result.front)


def test_limits_end_a_search(table_4v):
    result = ecnas.search(table_4v, "random", energy_kwh=5.0)
    trial = result.trials[0]
    assert trial.stop_reason == "energy" and trial.ledger["energy_kwh"] >= 5.0
    with pytest.raises(ecnas.NotFound):
        ecnas.search(ecnas.load("space-4v"), energy_kwh=1.0)
    with pytest.raises(ecnas.InvalidArgument, match="nsga2"):
        ecnas.search(table_4v, "nsga-2")
    with pytest.raises(ecnas.InvalidArgument, match="population"):
        ecnas.search(table_4v, "nsga2", options={"populatoin": 10})


def test_every_algorithm_runs(table_4v):
    for algorithm in ecnas.algorithms():
        result = ecnas.search(table_4v, algorithm["name"], evaluations=20)
        assert 1 <= len(result.trials[0].evaluations), algorithm["name"]


def test_problems_book_what_is_asked(table_4v):
    problem = ecnas.Problem(table_4v, ["energy", "test_error"], epochs=[36, 108])
    assert problem.objectives == ("energy", "test_error")
    assert problem.columns == ("energy_kwh", "test_error") and problem.budgets == (36, 108)
    cell = table_4v.cells[3]
    values = problem.evaluate(cell)
    entry = table_4v.query(cell, 108)
    assert values == pytest.approx([entry["energy_kwh"], 1 - entry["test_accuracy"]])
    problem.evaluate(cell)
    assert (problem.ledger.evaluations, problem.ledger.repeats) == (1, 1)
    assert problem.ledger.energy_kwh == pytest.approx(entry["energy_kwh"])
    many = problem.evaluate_many([cell, ecnas.Space(5)[-1]], 36)
    assert not np.isnan(many[0]).any() and np.isnan(many[1]).all()
    assert problem.ledger.absent == 1 and problem.ledger.evaluations == 2
    with pytest.raises(ecnas.NotFound):
        problem.evaluate(cell, 4)
    problem.ledger.reset()
    assert problem.ledger.requests == 0
    with pytest.raises(ecnas.InvalidArgument):
        ecnas.Problem(table_4v, ["energie"])
    with pytest.raises(AttributeError):
        problem.ledger.watts


def test_a_ledger_of_a_table_books_each_training_once(table_4v):
    ledger = table_4v.ledger()
    entries = [table_4v.query(row, 36) for row in range(20)]
    assert all(ledger.book(row, 36) for row in range(20))
    assert not ledger.book(table_4v.cells[3], 36) and not ledger.book(entries[5].hash, 36)
    assert (ledger.requests, ledger.evaluations, ledger.repeats) == (22, 20, 2)
    assert ledger.energy_kwh == pytest.approx(sum(entry["energy_kwh"] for entry in entries))
    assert ledger.training_time_s == pytest.approx(sum(e["training_time_s"] for e in entries))
    assert ledger.epochs == 20 * 36
    with pytest.raises(ecnas.NotFound, match="nothing to be booked"):
        ledger.book(ecnas.Space(5)[-1])
    with pytest.raises(ecnas.NotFound, match="no budget of 7"):
        ledger.book(0, 7)
    ledger.book_invalid()
    assert ledger.to_dict()["absent"] == 1 and ledger.invalid == 1
    assert repr(ledger).startswith("<Ledger: 20 evaluations")
    ledger.reset()
    assert not any(ledger.to_dict().values())

    doubled = ecnas.Ledger(table_4v, pue=2 * table_4v.metadata["pue"])
    assert doubled.book(0, 36)
    assert doubled.energy_kwh == pytest.approx(2 * entries[0]["energy_kwh"])
    cells_alone = ecnas.Ledger(ecnas.load("space-4v"))
    assert cells_alone.book(0) and not cells_alone.book(0) and cells_alone.energy_kwh == 0


def test_a_comparison_claims_what_the_tests_allow(table_4v):
    found = ecnas.compare(table_4v, ["keen", "random"], evaluations=25, trials=6)
    assert found.order[0] == "keen" and len(found.tests) == 1
    assert found.trials().shape == (6, 2) and found.verdict
    named = ecnas.compare(
        table_4v,
        {"small": {"algorithm": "nsga2", "population": 10}, "large": {"algorithm": "nsga2"}},
        evaluations=25,
        trials=3,
    )
    assert set(named.order) == {"small", "large"}


def test_indicators_are_what_they_are_defined_as():
    front = [[1.0, 3.0], [2.0, 2.0], [4.0, 1.0], [4.0, 4.0]]
    assert indicators.hypervolume(front, [5, 5]) == pytest.approx(8 + 3 + 1)
    assert indicators.non_dominated(front).tolist() == [0, 1, 2]
    assert indicators.igd_plus(front, front) == 0 and indicators.coverage(front, front) == 1
    assert indicators.additive_epsilon([[2.0, 4.0]], [[1.0, 3.0]]) == 1
    assert indicators.multiplicative_epsilon([[2.0, 4.0]], [[1.0, 4.0]]) == 2
    assert indicators.points_found(front, [[1, 3], [0, 0]]) == 1
    contributions = indicators.hypervolume_contributions(front, [5, 5])
    assert contributions[3] == 0 and contributions[1] == pytest.approx(2)
    assert indicators.knee([[0, 1], [0.1, 0.1], [1, 0]]) == 1
    assert indicators.knee([[0, 1]]) is None
    for wrong in ([1, 2], [["a", "b"]], [[np.nan, 1]]):
        with pytest.raises(ecnas.InvalidArgument):
            indicators.hypervolume(wrong, [5, 5])


def test_hypervolume_agrees_with_inclusion_and_exclusion():
    rng = np.random.default_rng(3)
    for objectives in (2, 3, 4):
        points = rng.random((6, objectives))
        expected = 0.0
        for subset in range(1, 2**6):
            members = [i for i in range(6) if subset >> i & 1]
            volume = np.prod(1 - points[members].max(0))
            expected += volume if len(members) % 2 else -volume
        assert indicators.hypervolume(points, [1.0] * objectives) == pytest.approx(expected)


def test_surrogates_predict_with_intervals(table_4v, tmp_path):
    for target in ("energy_kwh", "validation_accuracy"):
        model = ecnas.Surrogate.load("ecnas-7v", target)
        predicted = model.predict(table_4v.cells, 108)
        np.testing.assert_allclose(
            predicted["value"], table_4v.query(table_4v.cells)[target], rtol=1e-5
        )
        assert (predicted["lower90"] <= predicted["value"]).all()
        assert (predicted["value"] <= predicted["upper90"]).all()
        assert predicted["out_of_range"].dtype == bool
    model.save(tmp_path / "m.safetensors")
    again = ecnas.Surrogate.load(tmp_path / "m.safetensors", target)
    assert (again.predict(table_4v.cells)["value"] == model.predict(table_4v.cells)["value"]).all()
    with pytest.raises(ecnas.NotFound):
        model.predict(table_4v.cells, 5)
    with pytest.raises(ecnas.InvalidArgument):
        ecnas.Surrogate.load("ecnas-7v", "watts")


def test_a_model_is_transferred_by_a_few_measurements(table_4v):
    model = ecnas.Surrogate.load("ecnas-7v")
    cells = table_4v.cells
    expected = 0.5 * model.predict(cells, 4)["value"]
    chosen = model.recommend(cells, 8)
    assert len(set(chosen.tolist())) == 8
    other = model.transfer(
        [cells[int(i)] for i in chosen], expected[chosen], device="half", pue=1.0
    )
    np.testing.assert_allclose(other.predict(cells, 4)["value"], expected, rtol=0.02)
    assert other.info()["devices"] == ["half"] and other.info()["pue"] == 1.0
    with pytest.raises(ecnas.InvalidArgument):
        model.transfer(cells[:4], [1.0, 2.0])
    with pytest.raises(ecnas.InvalidArgument):
        model.transfer(cells[:3], [1.0, -2.0, 3.0])
    with pytest.raises(ecnas.InvalidData):
        model.transfer(cells[:2], [1.0, 2.0])


def test_analyses_say_what_the_program_says(table_4v):
    swaps = analysis.swaps(table_4v, "energy")
    change = swaps.change
    assert swaps.unit == "%" and change.loc["conv3x3", "maxpool3x3"] < 0
    assert change.loc["conv1x1", "conv3x3"] == pytest.approx(-change.loc["conv3x3", "conv1x1"])
    energies = analysis.values(table_4v, "energy")
    flops = analysis.values(table_4v, "flops")
    found = analysis.rank_correlation(energies, flops)
    assert found.cells == 91 and 0.5 < found.kendall_tau <= 1
    lower, upper = found.kendall_tau_interval
    assert lower <= found.kendall_tau <= upper
    matrix = analysis.correlations(table_4v)
    assert matrix.loc["energy", "flops"] == pytest.approx(found.kendall_tau)
    saved = analysis.trade_off(table_4v)
    assert (saved.saved.diff().dropna() >= 0).all() and saved.saved[0] == pytest.approx(0)
    effects = analysis.cost_of_operations(table_4v.cells, energies)
    assert set(effects.term) >= {"conv3x3", "edges"} and 0 < effects.attrs["r2"] <= 1


@pytest.mark.parametrize(
    ("options", "mentions"),
    [
        ({"evaluations": 0}, "evaluations: a limit of 0"),
        ({"evaluations": -5}, "evaluations: a limit of -5"),
        ({"evaluations": "100"}, "evaluations: a limit of '100'; expected a whole number"),
        ({"evaluations": 2.5}, "evaluations: a limit of 2.5; expected a whole number"),
        ({"trials": "3"}, "trials: '3'; expected a whole number"),
        ({"energy_kwh": float("nan")}, "energy_kwh"),
        ({"trials": 0}, "0 trials"),
        ({"trials": -1}, "trials: -1"),
        ({"seed": -1}, "seed: -1"),
        ({"objectives": ["energie"]}, "energie"),
    ],
)
def test_bad_limits_are_told_in_one_line(table_4v, options, mentions):
    with pytest.raises(ecnas.InvalidArgument) as failure:
        ecnas.search(table_4v, **options)
    assert mentions in str(failure.value) and "\n" not in str(failure.value)


def test_names_and_single_values_will_do(table_4v):
    named = ecnas.search("ecnas-4v", evaluations=20, objectives="energy,test_error", epochs=36)
    assert named.problem.objectives == ("energy", "test_error") and named.problem.budgets == (36,)
    listed = ecnas.search(table_4v, evaluations=20, objectives=["energy", "test_error"], epochs=[36])
    assert named.front.equals(listed.front)
    assert "energy, test_error of ecnas-4v at 36 epochs" in repr(named.problem)
    assert ecnas.Problem(table_4v, constraints="energy<=0.1").front().energy_kwh.max() <= 0.1


def test_a_search_that_nothing_can_satisfy_has_a_summary():
    found = ecnas.search("ecnas-4v", evaluations=5, constraints="energy<=0.0001")
    assert len(found.front) == 0 and np.isnan(found.summary.hypervolume_share[0])


def test_transfer_refuses_what_are_no_energies_of_the_cells():
    energy = ecnas.Surrogate.load("ecnas-7v")
    cells = ecnas.load("ecnas-5v").cells[:30]
    predicted = energy.predict(cells, epochs=4)["value"]
    energy.transfer(cells, 0.7 * predicted)
    for senseless in (1 / predicted, np.ones(30), predicted[::-1]):
        with pytest.raises(ecnas.InvalidData, match="energies of these cells"):
            energy.transfer(cells, senseless)
    for pue in (math.nan, -3, 0.5):
        with pytest.raises(ecnas.InvalidArgument, match="PUE"):
            energy.transfer(cells, predicted, pue=pue)
