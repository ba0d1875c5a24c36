"""The notebooks run, and so do the examples in docstrings and documents."""

import doctest
import importlib
import pathlib
import re
import runpy

import pytest

import ecnas

EXAMPLES = pathlib.Path(__file__).parent / "examples"
if not EXAMPLES.exists():
    EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("notebook", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebook_runs(notebook, tmp_path):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    pytest.importorskip("matplotlib")
    read = nbformat.read(notebook, as_version=4)
    nbformat.validate(read)
    assert all(not cell.get("outputs") for cell in read.cells), "outputs are not kept"
    nbclient.NotebookClient(
        read, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()


def test_there_are_notebooks():
    assert len(list(EXAMPLES.glob("*.ipynb"))) == 5


@pytest.mark.parametrize(
    "module", ["ecnas", "ecnas._tracker", "ecnas._surrogate", "ecnas.indicators", "ecnas.analysis"]
)
def test_docstrings_say_what_happens(module):
    failures, _ = doctest.testmod(importlib.import_module(module))
    assert failures == 0


def test_there_are_docstrings():
    for name in ecnas.__all__:
        value = getattr(ecnas, name)
        if callable(value):
            assert value.__doc__, name
            assert not re.search(r"\bTODO\b", value.__doc__)


def test_the_module_runs_as_the_program():
    with pytest.raises(SystemExit), pytest.MonkeyPatch.context() as patched:
        patched.setattr("ecnas.program", lambda: pathlib.Path("/nowhere"))
        patched.setattr("ecnas.__main__.program", lambda: pathlib.Path("/nowhere"), raising=False)
        runpy.run_module("ecnas", run_name="__main__")
