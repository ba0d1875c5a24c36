"""Cells, arrays of them, and spaces."""

import collections.abc
import copy
import itertools
import pickle

import numpy as np
import pytest

import ecnas

TEXT = "0110001000010000:conv3x3,maxpool3x3"
MATRIX = [[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
LABELS = ["input", "conv3x3-bn-relu", "maxpool3x3", "output"]


def relabelled(cell):
    """Another labelling of the cell, if it has one: interior vertices in another valid order."""
    matrix, labels = cell.matrix, cell.labels
    for order in itertools.permutations(range(1, cell.vertices - 1)):
        positions = [0, *order, cell.vertices - 1]
        other = matrix[np.ix_(positions, positions)]
        if (np.tril(other) == 0).all() and list(order) != sorted(order):
            return ecnas.Cell(other, [labels[position] for position in positions])
    return None


def test_a_cell_says_what_it_is():
    cell = ecnas.Cell(MATRIX, LABELS)
    assert cell.text == str(cell) == TEXT
    assert repr(cell) == f"Cell.parse('{TEXT}')"
    assert (cell.vertices, cell.edges) == (4, 4)
    assert cell.labels == ["input", "conv3x3-bn-relu", "maxpool3x3", "output"]
    assert cell.operations == ["conv3x3-bn-relu", "maxpool3x3"]
    assert cell.matrix.dtype == np.uint8 and cell.matrix.tolist() == MATRIX
    assert len(cell.hash) == 32 and cell.hash == ecnas.Cell.parse(TEXT).hash
    assert cell.parameters() == ecnas.CellArray([cell]).parameters()[0]
    assert cell.flops(ecnas.Skeleton(image_size=16)) < cell.flops()


def test_what_dangles_is_pruned():
    matrix = [[0, 1, 1], [0, 0, 0], [0, 0, 0]]  # vertex 1 leads nowhere
    assert ecnas.Cell(matrix, ["input", "conv3x3", "output"]) == ecnas.Cell(
        [[0, 1], [0, 0]], ["input", "output"]
    )


def test_equality_and_hash_are_those_of_the_architecture():
    found = 0
    for cell in ecnas.Space(5).cells:
        other = relabelled(cell)
        if other is None:
            continue
        found += 1
        assert other == cell and hash(other) == hash(cell) and other.hash == cell.hash
        assert other.representative.text == cell.representative.text
    assert found > 500
    assert ecnas.Cell.parse(TEXT) != ecnas.Cell.parse("010001000:conv3x3")
    assert ecnas.Cell.parse(TEXT) != TEXT


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_cells_pickle_with_their_labelling(protocol):
    cell = ecnas.Cell(MATRIX, LABELS)
    again = pickle.loads(pickle.dumps(cell, protocol))
    assert again == cell and again.text == cell.text
    assert copy.deepcopy(cell).text == cell.text


@pytest.mark.parametrize(
    ("matrix", "labels", "mentions"),
    [
        ([[0, 1], [0, 0]], ["input"], "no cell"),
        ([[0, 1, 0], [0, 0, 0]], ["input", "output"], "shape (2, 3)"),
        ([0, 1], ["input", "output"], "shape (2,)"),
        ([[0, float("nan")], [0, 0]], ["input", "output"], "entry (0, 1) is nan"),
        ([[0, 2], [0, 0]], ["input", "output"], "entry (0, 1) is 2"),
        ([["0", "1"], ["0", "0"]], ["input", "output"], "dtype"),
        ([[0, 1], [0]], ["input", "output"], "matrix"),
        ([[0, 1j], [0, 0]], ["input", "output"], "dtype complex128"),
        (np.array([[0, 1], [0, 0]], object), ["input", "output"], "dtype object"),
        ([[0, 0], [1, 0]], ["input", "output"], "no cell"),
        ([[0, 1], [0, 0]], "input,output", "labels"),
        ([[0, 1], [0, 0]], [b"input", b"output"], "labels"),
        ([[0, 1], [0, 0]], None, "labels"),
        ([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "conv5x5", "output"], "no cell"),
        (np.zeros((2000, 2000)), ["input"] * 2000, "shape"),
        (None, ["input", "output"], "matrix"),
    ],
)
def test_what_is_no_cell_is_refused(matrix, labels, mentions):
    with pytest.raises(ecnas.InvalidArgument) as failure:
        ecnas.Cell(matrix, labels)
    assert mentions in str(failure.value)
    assert "\n" not in str(failure.value)
    assert isinstance(failure.value, ValueError)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint8, np.float32, np.float64, bool])
def test_any_dtype_and_layout_of_numbers_will_do(dtype):
    wide = np.zeros((8, 8), dtype)
    wide[::2, ::2] = np.array(MATRIX)
    strided = wide[::2, ::2]
    assert not strided.flags.c_contiguous
    assert ecnas.Cell(strided, LABELS).text == TEXT
    assert ecnas.Cell(np.asfortranarray(np.array(MATRIX, dtype)), LABELS).text == TEXT


def test_the_space_is_whole():
    space = ecnas.Space()
    assert len(space) == 423_624
    assert [len(ecnas.Space(vertices)) for vertices in range(2, 7)] == [1, 7, 91, 2_532, 64_542]
    assert int(space.parameters().sum()) == 3_583_758_170_075
    assert len(ecnas.Space(7, 8)) < len(space)
    with pytest.raises(ecnas.InvalidArgument):
        ecnas.Space(8)


def test_ranks_cells_and_hashes_agree():
    space = ecnas.Space(5)
    assert len(set(space.hashes.tolist())) == len(space) == len(space.cells)
    for rank in (0, 1, 90, 91, 2_531, -1):
        cell = space[rank]
        assert space.rank(cell) == space.rank(cell.hash) == rank % len(space)
        assert space.hashes[rank] == cell.hash.encode()
        assert cell in space and cell.hash in space
    outside = ecnas.Space(6)[-1]
    assert outside not in space
    with pytest.raises(ecnas.NotFound):
        space.rank(outside)
    with pytest.raises(IndexError):
        space[len(space)]


def test_arrays_are_sequences():
    cells = ecnas.Space(4).cells
    assert len(cells) == 91 and [cell.text for cell in cells] == [cells[i].text for i in range(91)]
    assert [cell.text for cell in cells[10:40:7]] == [cells[i].text for i in range(10, 40, 7)]
    assert [cell.text for cell in cells[::-1]] == [cells[i].text for i in range(90, -1, -1)]
    assert len(cells[5:5]) == 0 and len(cells[200:]) == 0
    again = ecnas.CellArray(list(cells))
    assert (again.hashes == cells.hashes).all() and cells.hashes.dtype == "S32"
    assert ecnas.CellArray([cells[3].hash, cells[3].text, (cells[3].matrix, cells[3].labels)])[2] == cells[3]
    with pytest.raises(ecnas.InvalidArgument):
        ecnas.CellArray(3)
    with pytest.raises(ecnas.InvalidArgument):
        ecnas.CellArray([3.5])


def test_an_array_outlives_what_it_is_of():
    cells = ecnas.Space(4, 8).cells[3:6]
    hashes = cells.hashes.tolist()
    assert ecnas.Space(4, 8).cells[3:6].hashes.tolist() == hashes


def test_samples_are_functions_of_the_seed():
    space = ecnas.Space(6)
    first = space.sample(200, seed=5)
    assert (first.hashes == space.sample(200, seed=5).hashes).all()
    assert (first.hashes != space.sample(200, seed=6).hashes).any()
    assert len(space.sample(50, method="published")) == 50
    with pytest.raises(ecnas.InvalidArgument):
        space.sample(1, method="uniformly")


def test_neighbours_are_one_edit_away():
    space = ecnas.Space(4)
    cell = ecnas.Cell.parse(TEXT)
    around = space.neighbours(cell)
    assert cell not in list(around) and len(set(around)) == len(around) > 5
    for other in around:
        if other.vertices == cell.vertices:
            assert cell in list(space.neighbours(other))


def test_a_notebook_shows_the_graph():
    drawn = ecnas.Cell.parse(TEXT)._repr_svg_()
    assert drawn is None or (drawn.startswith("<svg") and "3" in drawn)


def test_skeletons_are_checked():
    assert ecnas.Skeleton().stem_width == 128
    with pytest.raises(ecnas.InvalidArgument):
        ecnas.Skeleton(stem_width=0)
    with pytest.raises(ecnas.InvalidArgument):
        ecnas.Cell.parse(TEXT).parameters(ecnas.Skeleton(stacks=40))


def test_other_things_are_no_cells(table_4v):
    cell = table_4v.cells[5]
    skeleton, entry = ecnas.Skeleton(), table_4v.query(0)
    for other in (None, 3, "x", object()):
        assert cell != other and skeleton != other and ecnas.Space(4) != other
        assert other not in table_4v.cells and (other == 3 or other not in table_4v)
        assert other not in ecnas.Space(4) and other not in entry
    assert [None, cell].index(cell) == 1 and None not in table_4v
    assert cell in table_4v and cell in ecnas.Space(4) and "energy_kwh" in entry


def test_what_is_equal_hashes_alike_and_pickles():
    space, skeleton = ecnas.Space(5, 7), ecnas.Skeleton(stem_width=32, classes=100)
    cells = ecnas.CellArray([cell for cell in ecnas.Space(4).cells][:20])
    for value in (space, skeleton):
        for again in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
            assert again == value and hash(again) == hash(value)
    assert ecnas.Space(4) != space and ecnas.Skeleton() != skeleton
    again = pickle.loads(pickle.dumps(cells))
    assert [cell.text for cell in again] == [cell.text for cell in cells]


def test_cell_arrays_are_sequences_and_entries_mappings(table_4v):
    cells = table_4v.cells
    assert isinstance(cells, collections.abc.Sequence)
    assert isinstance(table_4v.query(0), collections.abc.Mapping)
    assert cells.index(cells[7]) == 7 and cells.count(cells[7]) == 1 and cells[3] in cells
    assert next(reversed(cells)) == cells[-1]


def test_hashes_name_cells_everywhere(table_4v):
    problem, keys = ecnas.Problem(table_4v), table_4v.hashes
    assert list(ecnas.CellArray(keys)) == list(table_4v.cells)
    assert ecnas.Space(4).rank(keys[0]) == ecnas.Space(4).rank(table_4v.cells[0])
    expected = problem.evaluate_many(table_4v.cells)
    np.testing.assert_array_equal(problem.evaluate_many(keys), expected)
    np.testing.assert_array_equal(problem.evaluate_many(np.arange(91)), expected)
    assert np.isnan(problem.evaluate_many(["0" * 32])).all()
