"""Cells as configurations, with and without ConfigSpace; SMAC searches them."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest

import ecnas
from ecnas import configspace
from ecnas.configspace import Canvas


@pytest.fixture
def package():
    return pytest.importorskip("ConfigSpace")


def test_a_canvas_of_seven_vertices_has_21_edges_and_5_operations():
    canvas = Canvas(7)
    assert (len(canvas.edges), canvas.interior, canvas.size) == (21, 5, 26)
    assert canvas.parameters[:2] == ("edge_0_1", "edge_0_2")
    assert canvas.parameters[-1] == "operation_5"


@pytest.mark.parametrize("vertices", [1, 8])
def test_a_canvas_has_2_to_7_vertices(vertices):
    with pytest.raises(ecnas.InvalidArgument, match="2 to 7"):
        Canvas(vertices)


@pytest.mark.parametrize("vertices", [4, 7])
def test_a_canvas_holds_every_cell_in_any_place(space_4v, vertices):
    canvas = Canvas(vertices)
    generator = np.random.default_rng(1)
    for cell in space_4v.cells:
        assert canvas.cell(canvas.encode(cell)) == cell
        assert canvas.cell(canvas.encode(cell, generator)) == cell
        assert canvas.genotype(canvas.named(canvas.encode(cell))).tolist() == (
            canvas.encode(cell).tolist()
        )


def test_random_places_differ():
    canvas = Canvas(7)
    cell = ecnas.Cell.parse("0110001000010000:conv3x3,maxpool3x3")
    generator = np.random.default_rng(1)
    assert len({tuple(canvas.encode(cell, generator)) for _ in range(50)}) > 40


def test_a_cell_beyond_the_canvas_is_refused():
    with pytest.raises(ecnas.InvalidArgument, match="take a larger one"):
        Canvas(3).encode(ecnas.Cell.parse("0110001000010000:conv3x3,maxpool3x3"))


@pytest.mark.parametrize(
    "genotype",
    [[0] * 8, [1] * 7, [1] * 6 + [0, 3], [2] + [1] * 5 + [0, 0]],
    ids=["no path", "too short", "no operation", "no edge"],
)
def test_what_is_no_cell_is_refused(genotype):
    with pytest.raises(ecnas.InvalidArgument):
        Canvas(4).cell(genotype)
    assert Canvas(4).decode(genotype) is None


def test_any_mapping_is_a_configuration():
    values = {"edge_0_1": 1, "edge_0_2": 0, "edge_1_2": 1, "operation_1": "maxpool3x3"}
    assert configspace.to_cell(values).operations == ["maxpool3x3"]
    with pytest.raises(ecnas.InvalidArgument, match="lacks operation_1"):
        configspace.to_cell({key: values[key] for key in values if key != "operation_1"})
    with pytest.raises(ecnas.InvalidArgument, match="'conv5x5'"):
        configspace.to_cell({**values, "operation_1": "conv5x5"})
    with pytest.raises(ecnas.InvalidArgument, match="edge_"):
        configspace.to_cell({"learning_rate": 0.1})


def test_every_cell_has_a_configuration_that_leads_back(package, space_4v):
    space = configspace.configuration_space(5, budgets=(108, 4, 12, 36))
    for cell in space_4v.cells:
        configuration = configspace.to_configuration(cell, space, epochs=12)
        assert configspace.to_cell(configuration) == cell
        assert int(configuration["epochs"]) == 12
    assert int(configspace.to_configuration(space_4v.cells[0], space)["epochs"]) == 108


def test_the_default_configuration_is_the_smallest_cell(package):
    for vertices in range(2, 8):
        space = configspace.configuration_space(vertices)
        assert configspace.to_cell(space.get_default_configuration()).vertices == 2


def test_a_whole_space_has_21_edges_and_nothing_conditional(package):
    space = configspace.configuration_space()
    assert len(space) == 26
    assert not list(space.conditions)
    assert configspace.to_configuration(ecnas.Space()[423_623]) is not None


def test_samples_are_cells_or_say_why_not(package):
    space = configspace.configuration_space(7, seed=1)
    cells = 0
    for configuration in space.sample_configuration(300):
        try:
            assert configspace.to_cell(configuration).vertices <= 7
            cells += 1
        except ecnas.InvalidArgument as reason:
            assert "cell" in str(reason)
    assert 180 < cells < 260  # three quarters of all graphs, within five deviations


def test_smac_searches_a_configuration_space(package, table_4v, tmp_path):
    smac = pytest.importorskip("smac")
    problem = ecnas.Problem(table_4v, objectives=["validation_error"], epochs=[108])

    def validation_error(configuration, seed=0):
        try:
            return float(problem.evaluate(configspace.to_cell(configuration))[0])
        except (ecnas.InvalidArgument, ecnas.NotFound):
            return 1.0

    scenario = smac.Scenario(
        configspace.configuration_space(4, seed=1),
        deterministic=True,
        n_trials=40,
        output_directory=tmp_path,
        seed=1,
    )
    facade = smac.HyperparameterOptimizationFacade(
        scenario, validation_error, overwrite=True, logging_level=False
    )
    best = problem.evaluate(configspace.to_cell(facade.optimize()))[0]
    errors = problem.evaluate_many(table_4v.cells)[:, 0]
    # Of 25 random cells the best is among the best quarter with a probability of 0.999.
    assert best <= np.quantile(errors, 0.25)


@pytest.mark.parametrize(
    ("module", "blocked", "package_name"),
    [
        ("altair", "altair", "altair"),
        ("networkx", "networkx", "networkx"),
        ("optuna", "optuna", "optuna"),
        ("pymoo", "pymoo.core.crossover", "pymoo"),
        ("torch", "torch", "torch"),
    ],
)
def test_a_missing_package_is_named(monkeypatch, module, blocked, package_name):
    monkeypatch.delitem(sys.modules, f"ecnas.{module}", raising=False)
    monkeypatch.setitem(sys.modules, blocked, None)
    with pytest.raises(ecnas.MissingDependency, match=f"pip install {package_name}"):
        importlib.import_module(f"ecnas.{module}")


def test_a_missing_configspace_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ConfigSpace", None)
    with pytest.raises(ecnas.MissingDependency, match="pip install ConfigSpace"):
        configspace.configuration_space()
