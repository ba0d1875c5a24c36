"""ecnas.compat.nasbench behaves as NAS-Bench-101's documentation says its package does."""

import itertools
import json
import math
import random
import subprocess
import sys
import types

import nasbench_in_python as plain
import numpy as np
import pytest

import ecnas
from ecnas.compat.nasbench import api
from ecnas.compat.nasbench.lib import config as nasbench_config

INPUT = "input"
OUTPUT = "output"
CONV3X3 = "conv3x3-bn-relu"
CONV1X1 = "conv1x1-bn-relu"
MAXPOOL3X3 = "maxpool3x3"
OPERATIONS = [CONV3X3, CONV1X1, MAXPOOL3X3]

CHAIN = [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
BUDGETS = (4, 12, 36, 108)


def chain(operation=CONV3X3):
    return api.ModelSpec(CHAIN, [INPUT, operation, OUTPUT])


@pytest.fixture(scope="module")
def published_tfrecord(tmp_path_factory):
    """NAS-Bench-101's file as published, cut to 91 cells: (path, payloads)."""
    files, data = plain.published_files(), plain.data_directory()
    if files is None:
        pytest.skip("tests/support/published_tfrecord.py is not beside these tests")
    if not (data / "ec-nas-4v-table.csv").exists():
        pytest.skip(f"no real data in {data}; set ECNAS_DATA_DIR")
    payloads = list(files.nasbench101(data))
    path = tmp_path_factory.mktemp("nasbench") / "nasbench.tfrecord"
    return files.write(path, payloads), payloads


# Opening ------------------------------------------------------------------------------------------


def test_a_built_in_name_a_table_and_a_file_of_it_answer_alike(table_4v, tmp_path):
    table_4v.save(str(tmp_path / "4v.ecnas"))
    answers = [
        api.NASBench(source).query(chain(), epochs=36)
        for source in ("ecnas-4v", table_4v, tmp_path / "4v.ecnas", str(tmp_path / "4v.ecnas"))
    ]
    for answer in answers[1:]:
        assert results_of(answer) == results_of(answers[0])


def results_of(data):
    return {
        key: data[key] for key in ("training_time", "validation_accuracy", "test_accuracy")
    }


def test_a_tfrecord_is_read(published_tfrecord):
    path, payloads = published_tfrecord
    nasbench = api.NASBench(str(path))
    expected = plain.Benchmark(map(plain.record_of, payloads)).computed
    assert nasbench.valid_epochs == set(BUDGETS)
    assert len(nasbench.computed_statistics) == len(expected) == 91
    for module_hash, computed in nasbench.computed_statistics.items():
        assert computed == expected[module_hash]


def test_a_tfrecord_that_the_program_writes_answers_as_its_table(three_repeats, tmp_path):
    path = tmp_path / "written.tfrecord"
    three_repeats.save(str(path), format="nasbench101-tfrecord")
    written, table = api.NASBench(path), api.NASBench(three_repeats)
    for module_hash in table.hash_iterator():
        assert written.computed_statistics[module_hash] == table.computed_statistics[module_hash]


def test_a_source_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ecnas.NotFound, match=r"nowhere\.tfrecord"):
        api.NASBench(tmp_path / "nowhere.tfrecord")
    with pytest.raises(ecnas.NotFound, match="ecnas-4v"):
        api.NASBench("ecnas-4w")
    for source in (None, 4, ["ecnas-4v"]):
        with pytest.raises(ecnas.InvalidArgument, match="dataset_file"):
            api.NASBench(source)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x08" + 7 * b"\0" + b'{"a": 1}'])
def test_a_file_of_nothing_known_is_invalid_data(tmp_path, content):
    path = tmp_path / "damaged"
    path.write_bytes(content)
    with pytest.raises(ecnas.InvalidData, match="damaged"):
        api.NASBench(path)


def test_config_has_the_published_keys_and_the_tables_limits(nasbench, three_repeats):
    assert set(nasbench.config) == set(nasbench_config.build_config())
    assert nasbench.config["available_ops"] == OPERATIONS
    assert nasbench.config["num_repeats"] == 1
    # The 91 cells have at most 4 vertices and all 6 edges between them.
    assert (nasbench.config["module_vertices"], nasbench.config["max_edges"]) == (4, 6)
    assert (nasbench.config["stem_filter_size"], nasbench.config["num_stacks"]) == (128, 3)
    assert api.NASBench(three_repeats).config["num_repeats"] == 3
    published = nasbench_config.build_config()
    assert (published["module_vertices"], published["max_edges"]) == (7, 9)


# Queries ------------------------------------------------------------------------------------------


def test_a_query_has_the_published_keys_and_types(three_repeats):
    data = api.NASBench(three_repeats, seed=3).query(chain(), epochs=108)
    assert list(data) == [
        "module_adjacency",
        "module_operations",
        "trainable_parameters",
        "training_time",
        "train_accuracy",
        "validation_accuracy",
        "test_accuracy",
    ]
    assert data["module_adjacency"].dtype == np.int8
    assert data["module_adjacency"].tolist() == CHAIN
    assert data["module_operations"] == [INPUT, CONV3X3, OUTPUT]
    assert type(data["trainable_parameters"]) is int
    for key in ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy"):
        assert type(data[key]) is float
    data["module_adjacency"][0, 0] = 5  # the caller's own
    assert api.NASBench(three_repeats).query(chain())["module_adjacency"][0, 0] == 0


def test_a_query_agrees_with_the_table(nasbench, table_4v):
    for cell in table_4v.cells:
        data = nasbench.query(api.ModelSpec(cell.matrix, cell.labels), epochs=36)
        entry = table_4v.query(cell, epochs=36)
        assert data["validation_accuracy"] == entry["validation_accuracy"]
        assert data["test_accuracy"] == entry["test_accuracy"]
        assert data["training_time"] == entry["training_time_s"]
        assert data["trainable_parameters"] == cell.parameters()


def test_every_labelling_of_a_cell_is_the_cell(nasbench):
    one = api.ModelSpec(
        [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]], [INPUT, CONV3X3, CONV1X1, OUTPUT]
    )
    other = api.ModelSpec(
        [
            [0, 1, 1, 1, 0],
            [0, 0, 0, 0, 1],
            [0, 0, 0, 0, 0],  # dangles
            [0, 0, 0, 0, 1],
            [0, 0, 0, 0, 0],
        ],
        [INPUT, CONV1X1, MAXPOOL3X3, CONV3X3, OUTPUT],
    )
    first, second = nasbench.query(one), nasbench.query(other)
    assert results_of(first) == results_of(second)
    assert np.array_equal(first["module_adjacency"], second["module_adjacency"])


def test_specs_of_another_class_are_taken(nasbench):
    spec = chain()
    foreign = types.SimpleNamespace(matrix=spec.matrix, ops=spec.ops, valid_spec=True)
    assert nasbench.is_valid(foreign)
    assert results_of(nasbench.query(foreign)) == results_of(nasbench.query(spec))
    with pytest.raises(ecnas.InvalidArgument, match="ModelSpec"):
        nasbench.query((CHAIN, [INPUT, CONV3X3, OUTPUT]))


@pytest.mark.parametrize("epochs", [0, 1, 54, 109, -4, "108", None, 4.5])
def test_other_epochs_are_out_of_domain(nasbench, epochs):
    with pytest.raises(api.OutOfDomainError, match="epochs"):
        nasbench.query(chain(), epochs=epochs)


FULL_OF_5 = [[int(source < target) for target in range(5)] for source in range(5)]
LONG_CHAIN = [[int(target == source + 1) for target in range(8)] for source in range(8)]


@pytest.mark.parametrize(
    ("matrix", "ops", "message"),
    [
        ([[0, 0], [0, 0]], [INPUT, OUTPUT], "connect"),
        (LONG_CHAIN, [INPUT, *6 * [CONV3X3], OUTPUT], "8 vertices"),
        (FULL_OF_5, [INPUT, *3 * [CONV3X3], OUTPUT], "10 edges"),
        (CHAIN, [CONV3X3, CONV3X3, OUTPUT], "'input'"),
        (CHAIN, [INPUT, CONV3X3, CONV3X3], "'output'"),
        (CHAIN, [INPUT, "conv5x5", OUTPUT], "conv5x5"),
        (CHAIN, [INPUT, INPUT, OUTPUT], "operation 'input'"),
    ],
)
def test_specs_beyond_the_space_are_out_of_domain(table_4v, matrix, ops, message):
    nasbench = api.NASBench(table_4v)
    nasbench.config.update(module_vertices=7, max_edges=9)
    spec = api.ModelSpec(matrix, ops)
    assert not nasbench.is_valid(spec)
    for ask in (nasbench.query, nasbench.get_metrics_from_spec):
        with pytest.raises(api.OutOfDomainError, match=message):
            ask(spec)
    assert nasbench.get_budget_counters() == (0.0, 0)


def test_wrong_labels_of_what_is_pruned_do_not_matter(nasbench):
    dangling = [[0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert nasbench.is_valid(api.ModelSpec(dangling, [INPUT, "conv5x5", CONV3X3, OUTPUT]))


def test_config_decides_what_is_valid(nasbench):
    nasbench.config["max_edges"] = 2
    assert nasbench.is_valid(chain())
    assert not nasbench.is_valid(
        api.ModelSpec([[0, 1, 1], [0, 0, 1], [0, 0, 0]], [INPUT, CONV3X3, OUTPUT])
    )
    nasbench.config["available_ops"] = [CONV1X1]
    assert not nasbench.is_valid(chain())


def test_a_cell_that_the_table_lacks_is_a_key_error(nasbench):
    nasbench.config.update(module_vertices=9, max_edges=20)
    for matrix in (LONG_CHAIN[:5], FULL_OF_5, LONG_CHAIN):
        matrix = [row[: len(matrix)] for row in matrix]
        spec = api.ModelSpec(matrix, [INPUT, *(len(matrix) - 2) * [CONV3X3], OUTPUT])
        assert nasbench.is_valid(spec)
        with pytest.raises(KeyError) as caught:
            nasbench.query(spec)
        assert isinstance(caught.value, ecnas.NotFound)
    assert nasbench.get_budget_counters() == (0.0, 0)


def test_counters_add_training_times_and_epochs(three_repeats):
    nasbench = api.NASBench(three_repeats, seed=5)
    assert nasbench.get_budget_counters() == (0.0, 0)
    seconds = sum(nasbench.query(chain(), epochs=epochs)["training_time"] for epochs in BUDGETS)
    assert nasbench.get_budget_counters() == (pytest.approx(seconds), sum(BUDGETS))
    seconds += nasbench.query(chain(), epochs=36, stop_halfway=True)["training_time"]
    assert nasbench.get_budget_counters() == (pytest.approx(seconds), sum(BUDGETS) + 18)
    nasbench.get_metrics_from_spec(chain())
    nasbench.is_valid(chain())
    assert nasbench.total_epochs_spent == sum(BUDGETS) + 18
    assert nasbench.training_time_spent == pytest.approx(seconds)
    nasbench.reset_budget_counters()
    assert nasbench.get_budget_counters() == (0.0, 0)


def test_a_table_without_values_halfway_says_so_when_asked_for_them(nasbench):
    nasbench.query(chain())
    before = nasbench.get_budget_counters()
    with pytest.raises(ecnas.NotFound, match="halfway"):
        nasbench.query(chain(), stop_halfway=True)
    assert nasbench.get_budget_counters() == before


def test_an_accuracy_that_the_table_lacks_is_nan(nasbench):
    data = nasbench.query(chain())
    assert math.isnan(data["train_accuracy"])
    assert not math.isnan(data["validation_accuracy"])


def test_a_table_of_cells_alone_has_fixed_statistics_only():
    nasbench = api.NASBench("space-4v")
    assert nasbench.valid_epochs == set()
    assert nasbench.is_valid(chain())
    fixed, computed = nasbench.get_metrics_from_spec(chain())
    assert fixed["module_operations"] == [INPUT, CONV3X3, OUTPUT] and computed == {}
    with pytest.raises(api.OutOfDomainError):
        nasbench.query(chain())


def test_evaluate_says_what_trains_a_cell(nasbench, tmp_path):
    with pytest.raises(NotImplementedError, match="ecnas train"):
        nasbench.evaluate(chain(), str(tmp_path))


# Repeats ------------------------------------------------------------------------------------------


def random_queries(cells, count, seed):
    """(spec, hash, epochs, stop_halfway), from a generator of their own."""
    generator = random.Random(seed)
    for _ in range(count):
        cell_hash, matrix, labels = generator.choice(cells)
        yield (
            api.ModelSpec(matrix, labels),
            cell_hash,
            generator.choice(BUDGETS),
            generator.random() < 0.3,
        )


@pytest.mark.parametrize("seed", [0, 1, 2026])
def test_a_seed_draws_the_repeats_that_pythons_random_draws(three_repeats, cells, records, seed):
    asked = list(random_queries(cells, 500, seed))
    expected = plain.Benchmark(records, seed=seed)
    answers = [expected.query(cell_hash, epochs, half) for _, cell_hash, epochs, half in asked]
    after = random.random()
    nasbench = api.NASBench(three_repeats, seed=seed)
    for (spec, _, epochs, half), answer in zip(asked, answers):
        data = nasbench.query(spec, epochs, half)
        assert {key: data[key] for key in answer} == answer
    assert random.random() == after
    assert nasbench.get_budget_counters() == (pytest.approx(expected.seconds), expected.epochs)


def test_a_tfrecord_and_a_seed_draw_the_published_repeats(published_tfrecord, cells):
    path, payloads = published_tfrecord
    asked = list(random_queries(cells, 500, seed=11))
    expected = plain.Benchmark(map(plain.record_of, payloads), seed=4)
    answers = [expected.query(cell_hash, epochs, half) for _, cell_hash, epochs, half in asked]
    nasbench = api.NASBench(path, seed=4)
    for (spec, _, epochs, half), answer in zip(asked, answers):
        data = nasbench.query(spec, epochs, half)
        assert {key: data[key] for key in answer} == answer


def test_a_query_that_finds_no_cell_draws_nothing(nasbench):
    random.seed(8)
    before = random.getstate()
    nasbench.config["module_vertices"] = 5
    five = api.ModelSpec([row[:5] for row in LONG_CHAIN[:5]], [INPUT, *3 * [CONV3X3], OUTPUT])
    for spec, epochs in ((chain(), 5), (chain("conv5x5"), 108), (five, 108)):
        with pytest.raises((api.OutOfDomainError, KeyError)):
            nasbench.query(spec, epochs=epochs)
    assert random.getstate() == before


def test_num_repeats_in_config_limits_the_draw(three_repeats):
    nasbench = api.NASBench(three_repeats, seed=1)
    nasbench.config["num_repeats"] = 1
    _, computed = nasbench.get_metrics_from_spec(chain())
    for _ in range(20):
        assert nasbench.query(chain())["test_accuracy"] == computed[108][0]["final_test_accuracy"]


def test_missing_repeats_are_not_drawn(cells, records, tmp_path):
    """Of the first cell the second repeat is missing at 4 epochs, and everything at 12."""
    first = cells[0][0]
    with_gaps = [
        (cell_hash, epochs, {} if number == 1 or (cell_hash, epochs) == (first, 12) else results)
        for number, (cell_hash, epochs, results) in enumerate(records)
    ]
    nasbench = api.NASBench(plain.write_csv(tmp_path / "gaps.csv", cells, with_gaps), seed=2)
    computed = nasbench.computed_statistics[first]
    assert [len(computed[epochs]) for epochs in computed] == [2, 3, 3]
    spec = api.ModelSpec(*cells[0][1:])
    drawn = {nasbench.query(spec, epochs=4)["test_accuracy"] for _ in range(100)}
    assert drawn == {point["final_test_accuracy"] for point in computed[4]}
    with pytest.raises(ecnas.NotFound, match="12 epochs"):
        nasbench.query(spec, epochs=12)


# Statistics ---------------------------------------------------------------------------------------


def test_statistics_hold_what_the_records_hold(three_repeats, records):
    nasbench = api.NASBench(three_repeats)
    expected = plain.Benchmark(records).computed
    for module_hash in nasbench.hash_iterator():
        fixed, computed = nasbench.get_metrics_from_hash(module_hash)
        assert computed == expected[module_hash]
        assert list(fixed) == ["module_adjacency", "module_operations", "trainable_parameters"]
        assert plain.hash_of(fixed["module_adjacency"].tolist(), fixed["module_operations"]) == (
            module_hash
        )


def test_statistics_are_mappings_by_hash(nasbench, table_4v):
    key = chain().hash_spec(OPERATIONS)
    for statistics in (nasbench.fixed_statistics, nasbench.computed_statistics):
        assert len(statistics) == 91
        assert list(statistics) == [each.decode() for each in table_4v.hashes]
        assert key in statistics and len(statistics.keys()) == 91
        assert statistics.get(key) is not None
        for other in (key.upper(), key[:8], "0" * 32, 0, None, key.encode(), "0100:"):
            assert other not in statistics
            assert statistics.get(other) is None
            with pytest.raises(KeyError):
                statistics[other]
    assert nasbench.fixed_statistics[key]["module_adjacency"].dtype == np.int8
    assert set(nasbench.computed_statistics[key]) == set(BUDGETS)
    # One repeat, no train accuracy, nothing halfway: keys are there only if values are.
    (point,) = nasbench.computed_statistics[key][108]
    assert set(point) == {"final_training_time", "final_validation_accuracy", "final_test_accuracy"}
    with pytest.raises(KeyError, match="0000"):
        nasbench.get_metrics_from_hash("0" * 32)


def test_the_hash_iterator_starts_anew_each_time(nasbench):
    hashes = nasbench.hash_iterator()
    assert list(hashes) == list(hashes) == sorted(hashes)
    assert all(type(each) is str and len(each) == 32 for each in hashes)


def test_statistics_of_the_largest_table_are_not_read_before_they_are_asked_for():
    nasbench = api.NASBench("space-7v")
    assert len(nasbench.fixed_statistics) == 423_624
    assert len(list(itertools.islice(nasbench.hash_iterator(), 10_000))) == 10_000
    assert (nasbench.config["module_vertices"], nasbench.config["max_edges"]) == (7, 9)


def test_statistics_can_be_written_as_json(three_repeats):
    fixed, computed = api.NASBench(three_repeats).get_metrics_from_spec(chain())
    fixed["scalar"] = np.float32(0.5)
    document = json.loads(json.dumps([fixed, computed], cls=api._NumpyEncoder))
    assert document[0]["module_adjacency"] == CHAIN and document[0]["scalar"] == 0.5
    assert document[1]["4"] == computed[4]
    with pytest.raises(TypeError):
        json.dumps({1, 2}, cls=api._NumpyEncoder)


# Scripts ------------------------------------------------------------------------------------------
#
def test_the_drop_in_imports_no_optional_package():
    command = (
        "import sys; from ecnas.compat.nasbench import api; from ecnas.compat import ecnas; "
        "print([name for name in ('tensorflow', 'graphviz', 'pandas') if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "[]"


def test_graphs_are_permuted_and_told_apart():
    from ecnas.compat.nasbench.lib import graph_util

    rng = np.random.default_rng(5)
    is_edge = graph_util.gen_is_edge_fn(0b101101)
    matrix = np.fromfunction(is_edge, (4, 4), dtype=np.int64)
    assert [matrix[0, 1], matrix[0, 2], matrix[1, 2], matrix[0, 3], matrix[1, 3], matrix[2, 3]] == [
        1, 0, 1, 1, 0, 1,
    ]  # fmt: skip
    labels = [-1, 0, 1, -2]
    for _ in range(20):
        places = list(rng.permutation(4))
        moved, named = graph_util.permute_graph(matrix, labels, places)
        assert all(named[places[i]] == labels[i] for i in range(4))
        assert all(
            moved[places[i], places[j]] == matrix[i, j] for i in range(4) for j in range(4)
        )
        assert graph_util.is_isomorphic((matrix, labels), (moved, named))
        moved[places[0], places[1]] ^= 1
        assert not graph_util.is_isomorphic((matrix, labels), (moved, named))
