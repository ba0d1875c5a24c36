"""Figures: the reports' colours, axes with units, and points where the values are."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import ecnas
from ecnas import plot

matplotlib = pytest.importorskip("matplotlib")
pytest.importorskip("pandas")

matplotlib.use("Agg")

from matplotlib import pyplot  # noqa: E402
from matplotlib.colors import to_hex  # noqa: E402

PALETTE = Path(__file__).parents[2] / "src" / "report" / "palette.hpp"


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


@pytest.fixture
def problem(table_4v):
    return ecnas.Problem(table_4v)


@pytest.fixture(scope="module")
def result():
    return ecnas.search(ecnas.load("ecnas-4v"), "semoa", evaluations=60, trials=3, seed=1)


def line_called(ax, label):
    (line,) = [line for line in ax.lines if line.get_label() == label]
    return line


def collection_called(ax, label):
    (collection,) = [found for found in ax.collections if found.get_label() == label]
    return collection


@pytest.mark.skipif(not PALETTE.exists(), reason="outside of the source tree")
def test_colours_are_those_of_the_reports():
    written = re.findall(r'k(\w+) = "(#[0-9A-F]{6})"', PALETTE.read_text())
    names = {re.sub("(?<!^)(?=[A-Z])", "_", name).lower(): colour for name, colour in written}
    names["grid"] = names.pop("grid_line")
    assert names == plot.COLOURS


def test_budgets_go_from_light_to_dark_blue():
    assert plot.group_colours(1) == ["#0072B2"]
    assert plot.group_colours(4) == ["#9ED0F0", "#56B4E9", "#0072B2", "#032C56"]
    assert plot.group_colours(2) == ["#9ED0F0", "#032C56"]


def test_a_front_shows_every_solution_and_charges_nothing(problem, tmp_path):
    ax = plot.front(problem, title="ecnas-4v")
    assert problem.ledger.requests == 0
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Training energy (kWh)", "Validation error")
    assert ax.get_xscale() == "log"
    for epochs, colour in zip(problem.budgets, plot.group_colours(4)):
        cloud = collection_called(ax, f"{epochs} epochs")
        assert to_hex(cloud.get_facecolor()[0]).upper() == colour
        np.testing.assert_array_equal(
            cloud.get_offsets(),
            ecnas.Problem(problem.table).evaluate_many(problem.table.cells, epochs=epochs),
        )
    ax.figure.savefig(tmp_path / "front.png")
    assert (tmp_path / "front.png").stat().st_size > 10_000


def test_the_front_line_bounds_what_the_front_dominates(problem):
    line = line_called(plot.front(problem), "Pareto front")
    assert to_hex(line.get_color()).upper() == "#D55E00"
    assert line.get_drawstyle() == "steps-post"
    corners = line.get_xydata()
    np.testing.assert_array_equal(corners[1:-1], problem.exact_points)
    assert corners[0, 0] == corners[1, 0]
    assert corners[0, 1] >= corners[:, 1].max()
    assert corners[-1, 1] == corners[-2, 1]
    assert corners[-1, 0] >= corners[:, 0].max()


def test_knee_and_extrema_are_marked(problem):
    ax = plot.front(problem)
    points = problem.exact_points
    np.testing.assert_array_equal(
        collection_called(ax, "Extrema").get_offsets(), points[[0, -1]]
    )
    np.testing.assert_array_equal(
        collection_called(ax, "Knee").get_offsets()[0], points[ecnas.indicators.knee(points)]
    )


def test_a_frame_gives_the_front_alone(problem):
    ax = plot.front(problem.front())
    np.testing.assert_array_equal(
        line_called(ax, "Pareto front").get_xydata()[1:-1], problem.exact_points
    )
    assert not [found for found in ax.collections if found.get_label() == "108 epochs"]


def test_a_table_is_drawn_as_its_problem(table_4v):
    scene = plot.scene(table_4v)
    assert {epochs: len(points) for epochs, points in scene.clouds.items()} == {
        epochs: 91 for epochs in table_4v.budgets
    }


def test_no_cloud_of_other_values_lies_under_a_converted_front(table_4v):
    converted = ecnas.Problem(table_4v, pue=3)
    scene = plot.scene(converted)
    assert scene.clouds == {}
    np.testing.assert_array_equal(scene.front, converted.exact_points)


def test_an_axes_of_ones_own_is_drawn_into(problem):
    _, (left, right) = pyplot.subplots(1, 2)
    assert plot.front(problem, ax=left) is left
    assert not right.lines


def test_three_objectives_are_refused(table_4v):
    with pytest.raises(ecnas.InvalidArgument, match="two are drawn"):
        plot.front(ecnas.Problem(table_4v, ["energy", "validation_error", "parameters"]))


def test_a_front_without_solutions_is_refused(problem):
    with pytest.raises(ecnas.InvalidArgument, match="without solutions"):
        plot.front(problem.front().head(0))


def test_many_solutions_are_counted_into_hexagons(problem, monkeypatch):
    monkeypatch.setattr(plot, "_MAX_POINTS", 100)
    ax = plot.front(problem)
    counted = [found.get_array().sum() for found in ax.collections if found.get_array() is not None]
    assert counted == [91] * 4
    assert ax.get_xlabel() == "Training energy (kWh)"


def test_a_search_shows_its_fronts_beside_the_exact_one(result, tmp_path):
    ax = plot.search(result)
    exact = line_called(ax, "Exact front")
    np.testing.assert_array_equal(exact.get_xydata()[1:-1], result.problem.exact_points)
    assert to_hex(exact.get_color()).upper() == "#222222"
    assert line_called(ax, "Fronts of 3 trials").get_color() == "#0072B2"
    assert len(ax.lines) == 4
    ax.figure.savefig(tmp_path / "search.svg")


def test_convergence_ends_at_the_trials_share(result):
    trial = ecnas.SearchResult(result.problem, result.algorithm, result.trials[:1])
    ax = plot.convergence(trial)
    line = line_called(ax, "The trial")
    share = trial.summary["hypervolume_share"][0]
    assert line.get_ydata()[-1] == pytest.approx(max(1 - share, 1e-4), rel=1e-6)
    assert line.get_xdata()[-1] == pytest.approx(trial.trials[0].ledger["energy_kwh"])
    assert (np.diff(line.get_ydata()) <= 0).all()
    assert ax.get_xlabel() == "Energy spent (kWh)"


def test_convergence_of_trials_is_their_median_with_quartiles(result, tmp_path):
    ax = plot.convergence(result)
    median = line_called(ax, "Median of 3 trials")
    shares = result.summary["hypervolume_share"]
    assert median.get_ydata()[-1] == pytest.approx(max(1 - shares.median(), 1e-4), rel=1e-6)
    assert ax.yaxis_inverted()
    assert collection_called(ax, "Quartiles") is not None
    ax.figure.savefig(tmp_path / "convergence.png")
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert any(label.endswith(" %") for label in labels)


def test_a_search_without_energies_has_no_convergence():
    cells = ecnas.search(ecnas.load("space-4v"), "random", evaluations=20)
    with pytest.raises(ecnas.InvalidArgument, match="energies"):
        plot.convergence(cells)


def test_a_missing_matplotlib_is_named(problem, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ecnas.MissingDependency, match="pip install matplotlib"):
        plot.front(problem)


# --- Altair --------------------------------------------------------------------------------------


def layers_of(chart):
    specification = chart.to_dict()
    return specification, {layer["name"]: layer for layer in specification["layer"]}


def rows_of(specification, layer):
    data = layer["data"]
    return data["values"] if "values" in data else specification["datasets"][data["name"]]


def test_an_altair_chart_has_the_marks_and_colours_of_the_pages(problem, tmp_path):
    pytest.importorskip("altair")
    from ecnas import altair as adapter

    chart = adapter.front(problem, title="ecnas-4v")
    specification, layers = layers_of(chart)
    assert list(layers) == ["points", "front_line", "front", "extrema", "knee"]
    assert len(rows_of(specification, layers["points"])) == 364
    colour = layers["points"]["encoding"]["color"]["scale"]
    assert colour["domain"] == ["4", "12", "36", "108"]
    assert colour["range"] == plot.group_colours(4)
    assert layers["front_line"]["mark"]["interpolate"] == "step-after"
    assert layers["front_line"]["encoding"]["stroke"]["scale"]["range"] == ["#D55E00"]
    assert layers["knee"]["mark"]["fill"] == "#E69F00"
    x = layers["points"]["encoding"]["x"]
    assert (x["title"], x["scale"]["type"]) == ("Training energy (kWh)", "log")
    front = [(row["x"], row["y"]) for row in rows_of(specification, layers["front"])]
    assert front == [tuple(point) for point in problem.exact_points.tolist()]
    chart.save(str(tmp_path / "front.json"))
    assert problem.ledger.requests == 0


def test_an_altair_chart_of_a_frame_has_no_cloud(problem):
    pytest.importorskip("altair")
    from ecnas import altair as adapter

    _, layers = layers_of(adapter.front(problem.front()))
    assert "points" not in layers
