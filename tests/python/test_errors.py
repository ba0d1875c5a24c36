"""Errors are ecnas's and Python's at once, and say in one line what was found and what is expected."""

import inspect
import math

import numpy as np
import pytest

import ecnas
from ecnas import _errors, indicators


@pytest.mark.parametrize(
    ("error", "built_in"),
    [
        (ecnas.InvalidArgument, ValueError),
        (ecnas.WrongType, TypeError),
        (ecnas.WrongType, ecnas.InvalidArgument),
        (ecnas.InvalidData, ValueError),
        (ecnas.NotFound, KeyError),
        (ecnas.IoFailure, OSError),
        (ecnas.MissingDependency, ImportError),
        (ecnas.Interrupted, RuntimeError),
    ],
)
def test_each_is_what_python_people_expect_too(error, built_in):
    assert issubclass(error, ecnas.Error) and issubclass(error, built_in)
    assert str(error("cell 'x': not there")) == "cell 'x': not there"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda table: table.query(table.cells[0], "108"),
            "Table.query: called with Cell, str; expected (cell, epochs: int | None = None, ",
        ),
        (
            lambda table: table.query(table.cells[0], epochs=[4], bogus=1),
            "Table.query: called with Cell, epochs=list, bogus=int; expected (cell, epochs: int",
        ),
        (lambda table: table.tensor(), "Table.tensor: called with nothing; expected (metric: str)"),
        (lambda table: table.cells["a"], "CellArray.__getitem__: called with str; expected (arg"),
        (lambda table: ecnas.Cell.parse(5), "parse: called with int; expected (text: str)"),
        (lambda table: ecnas.Space("7"), "Space: called with str; expected (max_vertices: int = 7"),
        (lambda table: ecnas.Skeleton(3.5), "Skeleton: called with float; expected (stem_width"),
        (lambda table: ecnas.Ledger(), "Ledger: called with nothing; expected (table: Table, *, "),
        (
            lambda table: ecnas.Problem(table, epochs=["108"]),
            "Problem: called with Table, epochs=list; expected (table: Table, objectives: str",
        ),
    ],
)
def test_arguments_of_types_that_nothing_takes_are_told_in_one_line(table_4v, call, told):
    with pytest.raises(ecnas.WrongType) as failure:
        call(table_4v)
    assert str(failure.value).startswith(told) and "\n" not in str(failure.value)
    assert "_core" not in str(failure.value)


def test_every_function_of_the_core_explains_itself():
    core = ecnas._core
    functions = [value for value in vars(core).values() if "nb_func" in type(value).__name__]
    owners = [value for value in vars(core).values() if inspect.isclass(value)]
    members = [
        getattr(owner, name)
        for owner in owners
        for name, member in vars(owner).items()
        if "nb_method" in type(member).__name__ and not name.startswith("__")
    ]
    assert len(functions) > 20 and len(members) > 40
    for function in functions + members:
        with pytest.raises(ecnas.WrongType):
            function(object(), object(), object(), no_such_argument=object())


def test_other_errors_of_that_type_pass_as_they_are(table_4v):
    class Contrary:
        def __index__(self):
            raise TypeError("not today")

    with pytest.raises(TypeError, match="^not today$") as failure:
        table_4v.query(Contrary())
    assert not isinstance(failure.value, ecnas.Error)
    assert _errors.wrong_type("something(): else") is None


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda t: t.query(2**70), ecnas.NotFound, "no row 1180591620717411303424"),
        (lambda t: t.query("\ud800"), ecnas.InvalidArgument, "lone surrogate"),
        (lambda t: ecnas.Cell([[0, 1], [0, 0]], ["input", "\ud800"]), ecnas.InvalidArgument, "lone"),
        (lambda t: ecnas.load("a\0b"), ecnas.InvalidArgument, "NUL"),
        (lambda t: ecnas.load(""), ecnas.InvalidArgument, "is empty"),
        (lambda t: ecnas.load(b"nowhere.ecnas"), ecnas.NotFound, "nowhere.ecnas"),
        (lambda t: ecnas.import_table("a.csv", join="b.csv"), ecnas.NotFound, ".csv"),
        (lambda t: ecnas.compare(t, ["keen", "keen"]), ecnas.InvalidArgument, "each once"),
        (lambda t: ecnas.search(t, prior=3), ecnas.InvalidArgument, "of type int"),
        (lambda t: ecnas.Problem(t, objectives=[]), ecnas.InvalidArgument, "none"),
        (lambda t: ecnas.Space(4).sample(2**62), ecnas.InvalidArgument, "at most"),
        (lambda t: indicators.hypervolume([[math.nan, 1]], [1, 1]), ecnas.InvalidArgument, "NaN"),
        (
            lambda t: indicators.hypervolume_share([[1, 2]], np.zeros((0, 2))),
            ecnas.InvalidArgument,
            "exact_points: none",
        ),
        (
            lambda t: indicators.hypervolume_share([[1, 2]], [[1, 2, 3]]),
            ecnas.InvalidArgument,
            "2 objectives beside exact ones of 3",
        ),
        (
            lambda t: indicators.hypervolume_share_after_each([[1, 2, 3]], [[1, 2]]),
            ecnas.InvalidArgument,
            "3 objectives beside exact ones of 2",
        ),
        (
            lambda t: indicators.igd_plus(np.zeros((1, 0)), np.zeros((1, 0))),
            ecnas.InvalidArgument,
            "of 0 objectives",
        ),
    ],
)
def test_what_makes_no_sense_is_told(table_4v, call, error, told):
    with pytest.raises(error) as failure:
        call(table_4v)
    assert told in str(failure.value) and "\n" not in str(failure.value)


def test_text_files_are_sent_to_the_importer(tmp_path):
    (tmp_path / "table.csv").write_text("hash,epochs\n" * 10)
    with pytest.raises(ecnas.InvalidData, match="'ecnas import' makes tables"):
        ecnas.load(tmp_path / "table.csv")
