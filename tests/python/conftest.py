"""What the tests of the Python package share."""

import nasbench_in_python
import pytest

import ecnas


@pytest.fixture(scope="session")
def table_4v():
    """The built-in benchmark on 91 cells: four budgets, one repeat, everything predicted."""
    return ecnas.load("ecnas-4v")


@pytest.fixture(scope="session")
def fashion():
    """The 91 cells, three budgets, three repeats, measured."""
    return ecnas.load("fashion-4v")


@pytest.fixture(scope="session")
def space_4v():
    return ecnas.load("space-4v")


@pytest.fixture
def nasbench(table_4v):
    """NAS-Bench-101's class where everything is predicted: one repeat, nothing halfway."""
    from ecnas.compat.nasbench import api

    return api.NASBench(table_4v, seed=1)


@pytest.fixture(scope="session")
def cells():
    """(hash, matrix, labels) of all 91 cells of at most 4 vertices."""
    return [
        (cell.hash, cell.matrix.tolist(), list(cell.labels))
        for cell in ecnas.load("space-4v").cells
    ]


@pytest.fixture(scope="session")
def records(cells):
    return list(nasbench_in_python.made_records(cells))


@pytest.fixture(scope="session")
def three_repeats(tmp_path_factory, cells, records):
    """A table of 91 cells, 4 budgets and 3 repeats with everything NAS-Bench-101 has."""
    path = tmp_path_factory.mktemp("nasbench") / "made.csv"
    return ecnas.import_table(nasbench_in_python.write_csv(path, cells, records))
