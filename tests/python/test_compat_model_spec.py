"""ModelSpec of ecnas.compat.nasbench: pruning, validity and hash are those of plain Python."""

import collections
import copy
import itertools
import math
import pickle
import random
import sys
import types

import nasbench_in_python as plain
import numpy as np
import pytest

import ecnas
from ecnas.compat.nasbench import api
from ecnas.compat.nasbench.lib import config as nasbench_config
from ecnas.compat.nasbench.lib import graph_util, model_spec

INPUT = "input"
OUTPUT = "output"
CONV3X3 = "conv3x3-bn-relu"
CONV1X1 = "conv1x1-bn-relu"
MAXPOOL3X3 = "maxpool3x3"
OPERATIONS = [CONV3X3, CONV1X1, MAXPOOL3X3]

CHAIN = [[0, 1, 0], [0, 0, 1], [0, 0, 0]]


def chain(operation=CONV3X3):
    return api.ModelSpec(CHAIN, [INPUT, operation, OUTPUT])


# ModelSpec ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matrix", "kept"),
    [
        ([[0, 1], [0, 0]], [0, 1]),
        (CHAIN, [0, 1, 2]),
        ([[0, 1, 1], [0, 0, 1], [0, 0, 0]], [0, 1, 2]),
        # vertex 2 stands alone
        ([[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]], [0, 1, 3]),
        # vertices 2 and 3 are joined to each other only
        (
            [[0, 1, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
            [0, 1, 4],
        ),
        # vertex 1 leads nowhere
        ([[0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]], [0, 2, 3]),
        # nothing leads to vertex 1
        ([[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]], [0, 2, 3]),
    ],
)
def test_a_spec_keeps_the_vertices_between_input_and_output(matrix, kept):
    labels = list(range(len(matrix)))
    spec = api.ModelSpec(matrix, labels)
    assert spec.valid_spec
    assert spec.ops == kept
    assert np.array_equal(spec.matrix, np.array(matrix)[np.ix_(kept, kept)])
    assert np.array_equal(spec.original_matrix, matrix)
    assert spec.original_ops == labels


@pytest.mark.parametrize(
    "matrix",
    [
        [[0]],
        [[0, 0], [0, 0]],
        [[0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]],
        [[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
    ],
)
def test_a_spec_without_a_path_is_invalid_and_raises_nothing(matrix):
    spec = api.ModelSpec(matrix, list(range(len(matrix))))
    assert not spec.valid_spec
    assert spec.matrix is None and spec.ops is None
    assert np.array_equal(spec.original_matrix, matrix)
    with pytest.raises(TypeError, match="valid_spec"):
        spec.hash_spec(OPERATIONS)


def test_a_spec_is_independent_of_what_it_was_made_from():
    matrix, ops = np.array(CHAIN), [INPUT, CONV3X3, OUTPUT]
    spec = api.ModelSpec(matrix, ops)
    before = spec.hash_spec(OPERATIONS)
    matrix[0, 2], ops[1] = 1, MAXPOOL3X3
    assert spec.original_ops == spec.ops == [INPUT, CONV3X3, OUTPUT]
    assert np.array_equal(spec.matrix, CHAIN) and np.array_equal(spec.original_matrix, CHAIN)
    spec.matrix[0, 2] = 1
    assert spec.original_matrix[0, 2] == 0
    spec.matrix[0, 2] = 0
    assert spec.hash_spec(OPERATIONS) == before


def test_a_spec_that_is_changed_hashes_as_what_it_is():
    spec = api.ModelSpec([[0, 1, 1], [0, 0, 1], [0, 0, 0]], [INPUT, CONV3X3, OUTPUT])
    first = spec.hash_spec(OPERATIONS)
    spec.ops[1] = CONV1X1
    assert spec.hash_spec(OPERATIONS) == plain.hash_of(spec.matrix.tolist(), spec.ops) != first
    spec.matrix[0, 1] = 0  # vertex 1 dangles now; the published hash does not prune again
    assert spec.hash_spec(OPERATIONS) == plain.hash_of(spec.matrix.tolist(), spec.ops)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "bool", "float32", "float64"])
@pytest.mark.parametrize("layout", ["C", "F", "strided"])
def test_a_spec_takes_any_number_type_and_layout_and_keeps_the_type(dtype, layout):
    rows = [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    matrix = np.array(rows, dtype=dtype, order="F" if layout == "F" else "C")
    if layout == "strided":
        matrix = np.repeat(np.repeat(matrix, 2, axis=0), 3, axis=1)[::2, ::3]
    spec = api.ModelSpec(matrix, [INPUT, CONV3X3, CONV1X1, OUTPUT])
    assert spec.matrix.dtype == spec.original_matrix.dtype == np.dtype(dtype)
    assert spec.matrix.flags.c_contiguous
    assert spec.hash_spec(OPERATIONS) == plain.hash_of(rows, spec.ops)


@pytest.mark.parametrize(
    ("matrix", "ops", "message"),
    [
        ([[0, 1, 0], [0, 0, 1]], [INPUT, OUTPUT], "square"),
        ([0, 1], [INPUT, OUTPUT], "square"),
        (np.zeros((2, 2, 2)), [INPUT, OUTPUT], "square"),
        (5, [INPUT, OUTPUT], "square"),
        ([[0, 1], [0]], [INPUT, OUTPUT], "matrix"),
        ([["0", "1"], ["0", "0"]], [INPUT, OUTPUT], "numbers"),
        ([[0, None], [0, 0]], [INPUT, OUTPUT], "numbers"),
        ([[0, 1j], [0, 0]], [INPUT, OUTPUT], "numbers"),
        ([[0, math.nan], [0, 0]], [INPUT, OUTPUT], "nan"),
        ([[0, math.inf], [0, 0]], [INPUT, OUTPUT], "inf"),
        ([[0, 2], [0, 0]], [INPUT, OUTPUT], "0 or 1"),
        ([[0, -1], [0, 0]], [INPUT, OUTPUT], "0 or 1"),
        ([[0, 0.5], [0, 0]], [INPUT, OUTPUT], "0 or 1"),
        ([[1, 1], [0, 0]], [INPUT, OUTPUT], "upper"),
        ([[0, 0], [1, 0]], [INPUT, OUTPUT], "upper"),
        ([[0, 1, 0], [0, 0, 1], [1, 0, 0]], [INPUT, CONV3X3, OUTPUT], "upper"),
        (CHAIN, [INPUT, OUTPUT], "one a vertex"),
        (CHAIN, [INPUT, CONV3X3, CONV3X3, OUTPUT], "one a vertex"),
        (CHAIN, "io3", "list of labels"),
        (CHAIN, 3, "list of labels"),
    ],
)
def test_what_is_no_graph_is_a_value_error_that_says_why(matrix, ops, message):
    with pytest.raises(ValueError, match=message) as caught:
        api.ModelSpec(matrix, ops)
    assert isinstance(caught.value, ecnas.InvalidArgument)


def test_a_spec_keeps_its_data_format():
    assert chain().data_format == "channels_last"
    assert api.ModelSpec(CHAIN, [INPUT, CONV3X3, OUTPUT], "channels_first").data_format == (
        "channels_first"
    )


def test_specs_copy_and_pickle(nasbench):
    spec = chain()
    nasbench.query(spec)
    for other in (copy.deepcopy(spec), pickle.loads(pickle.dumps(spec))):
        assert other.hash_spec(OPERATIONS) == spec.hash_spec(OPERATIONS)
        assert other.matrix is not spec.matrix


def test_the_hash_is_the_tables_for_every_cell_of_four_vertices(space_4v):
    for cell, key in zip(space_4v.cells, space_4v.hashes):
        assert api.ModelSpec(cell.matrix, cell.labels).hash_spec(OPERATIONS) == key.decode()


def test_the_hash_ignores_the_labels_of_the_ends():
    assert api.ModelSpec(CHAIN, ["a", CONV3X3, "b"]).hash_spec(OPERATIONS) == (
        chain().hash_spec(OPERATIONS)
    )


@pytest.mark.parametrize("canonical", itertools.permutations(OPERATIONS))
def test_the_hash_numbers_operations_in_the_order_given(canonical):
    labels = [INPUT, CONV1X1, MAXPOOL3X3, OUTPUT]
    matrix = [[0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert api.ModelSpec(matrix, labels).hash_spec(list(canonical)) == (
        plain.hash_of(matrix, labels, list(canonical))
    )


def test_the_hash_of_an_operation_that_is_not_listed_is_a_value_error():
    with pytest.raises(ValueError):
        chain("conv5x5").hash_spec(OPERATIONS)
    with pytest.raises(ValueError):
        chain(CONV1X1).hash_spec([CONV3X3])


def test_more_operations_than_the_space_has_are_hashed_too():
    operations = ["a", "b", "c", "d"]
    assert chain("d").hash_spec(operations) == plain.hash_of(CHAIN, ["", "d", ""], operations)


def test_visualize_without_graphviz_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(ecnas.MissingDependency, match="pip install graphviz"):
        chain().visualize()


def test_visualize_draws_the_pruned_graph(monkeypatch):
    class Digraph:
        def __init__(self):
            self.nodes, self.edges = [], []

        def node(self, name, label):
            self.nodes.append((name, label))

        def edge(self, source, target):
            self.edges.append((source, target))

    monkeypatch.setitem(sys.modules, "graphviz", types.SimpleNamespace(Digraph=Digraph))
    dangling = [[0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    graph = api.ModelSpec(dangling, [INPUT, CONV3X3, CONV1X1, OUTPUT]).visualize()
    assert graph.nodes == [("0", INPUT), ("1", CONV1X1), ("2", OUTPUT)]
    assert graph.edges == [("0", "1"), ("1", "2")]


def test_the_modules_of_nasbench_lib_are_there():
    assert model_spec.ModelSpec is api.ModelSpec
    assert not model_spec.is_upper_triangular(np.array([[0, 0], [1, 0]]))
    assert not model_spec.is_upper_triangular(np.array([[1]]))
    assert model_spec.is_upper_triangular(np.array([[0, 1], [0, 0]]))
    assert graph_util.num_edges(np.array(CHAIN)) == 2
    assert graph_util.is_full_dag(np.array(CHAIN))
    assert not graph_util.is_full_dag(np.array([[0, 0, 1], [0, 0, 1], [0, 0, 0]]))
    assert graph_util.hash_module(np.array(CHAIN), [-1, 0, -2]) == chain().hash_spec(OPERATIONS)
    with pytest.raises(ValueError, match="label"):
        graph_util.hash_module(np.array(CHAIN), [-1, -2])
    assert nasbench_config.build_config()["available_ops"] == OPERATIONS


# 100,000 random specs -----------------------------------------------------------------------------

SPECS_PER_SEED = 10_000


def random_specification(generator):
    """Up to 9 vertices, any density; some with an edge backwards, some with a wrong label."""
    size = generator.randint(1, 9)
    density = generator.random()
    matrix = [
        [int(source < target and generator.random() < density) for target in range(size)]
        for source in range(size)
    ]
    labels = [INPUT] + [generator.choice(OPERATIONS) for _ in range(size - 2)] + [OUTPUT]
    labels = labels[:size]
    if generator.random() < 0.1:
        source = generator.randrange(size)
        matrix[source][generator.randint(0, source)] = 1
    if generator.random() < 0.2:
        labels[generator.randrange(size)] = generator.choice([INPUT, OUTPUT, "conv5x5", ""])
    return matrix, labels


@pytest.mark.parametrize("seed", range(10))
def test_validity_pruning_and_hash_of_random_specs_are_plain_pythons(table_4v, seed):
    nasbench = api.NASBench(table_4v)
    nasbench.config.update(module_vertices=7, max_edges=9)
    generator = random.Random(seed)
    kinds = collections.Counter()
    for _ in range(SPECS_PER_SEED):
        kinds[compared(nasbench, *random_specification(generator))] += 1
    # The generator reaches every kind, or the comparison would mean little.
    assert min(kinds[kind] for kind in ("no graph", "no path", "outside", "inside")) > 200, kinds


def compared(nasbench, matrix, labels):
    """Compares a spec with plain Python and says which kind it is."""
    case = (matrix, labels)
    if not plain.is_specification(matrix, labels):
        with pytest.raises(ValueError):
            api.ModelSpec(matrix, labels)
        return "no graph"
    spec = api.ModelSpec(matrix, labels)
    expected = plain.pruned(matrix, labels)
    assert spec.valid_spec == (expected is not None), case
    if expected is None:
        assert not nasbench.is_valid(spec), case
        return "no path"
    assert (spec.matrix.tolist(), spec.ops) == expected, case
    inside = plain.is_in_space(*expected)
    assert nasbench.is_valid(spec) == inside, case
    if all(label in OPERATIONS for label in spec.ops[1:-1]):
        assert spec.hash_spec(OPERATIONS) == plain.hash_of(*expected), case
    else:
        with pytest.raises(ValueError):
            spec.hash_spec(OPERATIONS)
    return "inside" if inside else "outside"
