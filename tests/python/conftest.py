"""What the tests of the Python package share."""

import os
from pathlib import Path

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


@pytest.fixture(scope="session")
def published_4v():
    """The published table on 4 vertices, where the real data is."""
    root = Path(os.environ.get("ECNAS_DATA_DIR", Path(__file__).parents[2] / ".." / "shared" / "data"))
    found = sorted(root.glob("**/*4v*table*.csv*")) + sorted(root.glob("**/4v*.csv*"))
    if not found:
        pytest.skip(f"no published data in {root}")
    return ecnas.import_table(found[0])
