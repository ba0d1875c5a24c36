"""The notebooks run, and so do the examples in docstrings and documents."""

import doctest
import importlib
import importlib.util
import inspect
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


def public_things():
    for name in ecnas.__all__:
        value = getattr(ecnas, name)
        if callable(value):
            yield name, value
        if inspect.isclass(value) and value.__module__.startswith("ecnas"):
            for member in vars(value):
                if not member.startswith("_") and not isinstance(vars(value)[member], type):
                    yield f"{name}.{member}", inspect.getattr_static(value, member)


def test_all_that_is_public_has_a_docstring():
    said_by_nanobind = re.compile(r"(\w+)?\([^\n]*\) -> [^\n]*")
    fields = {"Trial", "Swaps", "RankCorrelation"}  # dataclasses: a remark beside each
    missing = []
    for name, value in public_things():
        text = said_by_nanobind.sub("", getattr(value, "__doc__", None) or "")
        if not text.strip() and name.split(".")[0] not in fields:
            missing.append(name)
    assert missing == []


DOCUMENTS = pathlib.Path(__file__).parent / "documents"
if not DOCUMENTS.exists():
    DOCUMENTS = pathlib.Path(__file__).parents[2]


def blocks_of(document):
    """Its Python, with what a reader has: a training of their own."""
    found = next(DOCUMENTS.rglob(document))
    text = found.read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    ("document", "packages"),
    [
        ("README.md", ()),
        ("python.md", ()),
        ("python-compat.md", ()),
        ("python-adapters.md", ("pymoo", "optuna", "ConfigSpace", "networkx", "altair")),
    ],
)
def test_documents_say_what_happens(document, packages, tmp_path, monkeypatch):
    pytest.importorskip("pandas")
    for package in packages:
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    blocks = blocks_of(document)
    assert blocks
    names = {"train": lambda: sum(range(1000))}
    for block in blocks:
        if re.search(r"\b(smac|transformers)\b", block):
            continue  # no wheel of SMAC3 for every Python; callbacks have tests of their own
        if re.search(r"\btorch\b", block) and importlib.util.find_spec("torch") is None:
            continue  # has tests of its own, beside NumPy 1
        exec(compile(block, document, "exec"), names)


def test_the_module_runs_as_the_program():
    with pytest.raises(SystemExit), pytest.MonkeyPatch.context() as patched:
        patched.setattr("ecnas.program", lambda: pathlib.Path("/nowhere"))
        patched.setattr("ecnas.__main__.program", lambda: pathlib.Path("/nowhere"), raising=False)
        runpy.run_module("ecnas", run_name="__main__")
