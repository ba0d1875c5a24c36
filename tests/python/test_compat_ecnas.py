"""ecnas.compat.ecnas behaves as EC-NAS's published class, save where its documentation says not."""

import collections
import json
import math
import random

import nasbench_in_python as plain
import numpy as np
import pytest

import ecnas
from ecnas.compat import ecnas as nasbench101
from ecnas.compat.nasbench import api

INPUT = "input"
OUTPUT = "output"
CONV3X3 = "conv3x3-bn-relu"
CHAIN = [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
BUDGETS = (4, 12, 36, 108)

# In the class's documentation, energies with their units.
NUMBERS = {
    "training_time",
    "train_accuracy",
    "validation_accuracy",
    "test_accuracy",
    "energy (kWh)",
    "co2eq (g)",
    "avg_intensity (gCO2/kWh)",
    "total_time",
    "total_energy (kWh)",
    "total_co2eq (g)",
    "overall_avg_intensity (gCO2/kWh)",
    "predicted_energy (kWh)",
    "predicted_co2eq (g)",
    "predicted_training_time",
    "predicted_avg_intensity (gCO2/kWh)",
}
TEXTS = {"start_emission", "stop_emission", "total_start_emission", "total_stop_emission"}
OTHERS = {"module_adjacency", "module_operations", "trainable_parameters", "avg_power_usages"}


@pytest.fixture
def benchmark(table_4v):
    return nasbench101.ECNASBench(table_4v)


@pytest.fixture(scope="module")
def files_and_data():
    files, data = plain.published_files(), plain.data_directory()
    if files is None:
        pytest.skip("tests/support/published_tfrecord.py is not beside these tests")
    if not (data / "ec-nas-4v-results.tar.xz").exists():
        pytest.skip(f"no real data in {data}; set ECNAS_DATA_DIR")
    return files, data


@pytest.fixture(scope="module")
def linscale(files_and_data, tmp_path_factory):
    """energy_4V9E_linscale.tfrecord, with the faults of its writer: (path, rows of the CSV)."""
    files, data = files_and_data
    path = tmp_path_factory.mktemp("ecnas") / "energy_4V9E_linscale.tfrecord"
    return files.write(path, files.linscale(data, 4)), files.table_rows(
        data / "ec-nas-4v-table.csv"
    )


@pytest.fixture(scope="module")
def four_epochs(files_and_data, tmp_path_factory):
    """energy_4V9E_4epochs.tfrecord: (path, {hash: raw runs in the order of the records})."""
    files, data = files_and_data
    path = tmp_path_factory.mktemp("ecnas") / "energy_4V9E_4epochs.tfrecord"
    runs = collections.defaultdict(list)
    for cell_hash, _, run in files.raw_runs(data / "ec-nas-4v-results.tar.xz"):
        runs[cell_hash].append(run)
    return files.write(path, files.four_epochs(data, 4)), runs


def spec_of(benchmark, cell_hash):
    fixed = benchmark.fixed_statistics[cell_hash]
    return benchmark.get_model_spec(fixed["module_adjacency"], fixed["module_operations"])


def float32(number):
    return float(np.float32(number))


# Any table ----------------------------------------------------------------------------------------


def test_a_query_has_the_published_keys_and_types(benchmark):
    data = benchmark.query(benchmark.get_model_spec(CHAIN, [INPUT, CONV3X3, OUTPUT]))
    assert set(data) == NUMBERS | TEXTS | OTHERS
    assert all(type(data[key]) is float for key in NUMBERS)
    assert all(type(data[key]) is str for key in TEXTS)
    assert data["module_adjacency"].dtype == np.int8
    assert data["module_adjacency"].tolist() == CHAIN
    assert data["module_operations"] == [INPUT, CONV3X3, OUTPUT]
    assert type(data["trainable_parameters"]) is int
    assert type(data["avg_power_usages"]) is dict


def test_a_query_agrees_with_the_table(benchmark, table_4v):
    intensity = table_4v.metadata["carbon_intensity_g_per_kwh"]
    for cell in table_4v.cells:
        spec = benchmark.get_model_spec(cell.matrix, cell.labels)
        for epochs in BUDGETS:
            data, entry = benchmark.query(spec, epochs=epochs), table_4v.query(cell, epochs=epochs)
            assert data["energy (kWh)"] == entry["energy_kwh"]
            assert data["co2eq (g)"] == entry["co2eq_g"]
            assert data["training_time"] == entry["training_time_s"]
            assert data["validation_accuracy"] == entry["validation_accuracy"]
            assert data["test_accuracy"] == entry["test_accuracy"]
            ratio = data["co2eq (g)"] / data["energy (kWh)"]
            assert data["avg_intensity (gCO2/kWh)"] == pytest.approx(intensity or ratio)


def test_numbers_that_the_table_lacks_are_nan_never_zero(benchmark):
    data = benchmark.query(benchmark.get_model_spec(CHAIN, [INPUT, CONV3X3, OUTPUT]))
    for key in ("total_energy (kWh)", "total_time", "predicted_energy (kWh)", "train_accuracy"):
        assert math.isnan(data[key])
    assert data["avg_power_usages"] == {}
    assert all(data[key] == "" for key in TEXTS)


def test_statistics_hold_the_keys_whose_values_are_there(benchmark):
    fixed, computed = benchmark.get_metrics_from_spec(
        benchmark.get_model_spec(CHAIN, [INPUT, CONV3X3, OUTPUT])
    )
    assert list(fixed) == ["module_adjacency", "module_operations", "trainable_parameters"]
    assert set(computed) == set(BUDGETS)
    (point,) = computed[108]
    assert {"final_training_time", "final_validation_accuracy", "energy (kWh)"} <= set(point)
    assert not {key for key in point if key.startswith(("halfway_", "predicted_"))}
    assert not TEXTS & set(point)
    assert all(math.isfinite(value) for value in point.values())


def test_counters_add_training_times_and_epochs(benchmark):
    spec = benchmark.get_model_spec(CHAIN, [INPUT, CONV3X3, OUTPUT])
    seconds = sum(benchmark.query(spec, epochs=epochs)["training_time"] for epochs in BUDGETS)
    assert benchmark.get_budget_counters() == (pytest.approx(seconds), sum(BUDGETS))
    benchmark.reset_budget_counters()
    assert benchmark.get_budget_counters() == (0.0, 0)


@pytest.mark.parametrize("epochs", [5, 0, None, "4"])
def test_other_epochs_are_out_of_domain(benchmark, epochs):
    with pytest.raises(nasbench101.OutOfDomainError, match="epochs"):
        benchmark.query(benchmark.get_model_spec(CHAIN, [INPUT, CONV3X3, OUTPUT]), epochs=epochs)


@pytest.mark.parametrize(
    ("matrix", "labels", "message"),
    [
        ([[0, 0], [0, 0]], [INPUT, OUTPUT], "connect"),
        # The published class fails here with a TypeError of its own.
        (
            [[int(target == source + 1) for target in range(5)] for source in range(5)],
            [INPUT, *3 * [CONV3X3], OUTPUT],
            "5 vertices",
        ),
        (CHAIN, [INPUT, "conv5x5", OUTPUT], "conv5x5"),
        (CHAIN, [OUTPUT, CONV3X3, OUTPUT], "'input'"),
        (CHAIN, [INPUT, CONV3X3, INPUT], "'output'"),
    ],
)
def test_specs_beyond_the_table_are_out_of_domain(benchmark, matrix, labels, message):
    spec = benchmark.get_model_spec(matrix, labels)
    assert not benchmark.is_valid(spec)
    with pytest.raises(nasbench101.OutOfDomainError, match=message):
        benchmark.query(spec)
    assert benchmark.get_budget_counters() == (0.0, 0)


def test_an_out_of_domain_error_is_one_class_and_no_key_error():
    assert nasbench101.OutOfDomainError is api.OutOfDomainError
    assert issubclass(nasbench101.OutOfDomainError, ecnas.Error)
    assert not issubclass(nasbench101.OutOfDomainError, (KeyError, ValueError))


def test_a_cell_that_the_table_lacks_is_a_key_error(benchmark):
    benchmark.config["module_vertices"] = 5
    chain_of_5 = [[int(target == source + 1) for target in range(5)] for source in range(5)]
    spec = benchmark.get_model_spec(chain_of_5, [INPUT, *3 * [CONV3X3], OUTPUT])
    with pytest.raises(KeyError) as caught:
        benchmark.query(spec)
    assert isinstance(caught.value, ecnas.NotFound)


def test_a_table_without_values_halfway_says_so_when_asked_for_them(benchmark):
    spec = benchmark.get_model_spec(CHAIN, [INPUT, CONV3X3, OUTPUT])
    with pytest.raises(ecnas.NotFound, match="halfway"):
        benchmark.query(spec, stop_halfway=True)
    assert benchmark.get_budget_counters() == (0.0, 0)


def test_a_model_spec_is_made_and_judged(benchmark):
    assert isinstance(benchmark.get_model_spec(CHAIN, [INPUT, CONV3X3, OUTPUT]), api.ModelSpec)
    for matrix in ([[0, math.nan], [0, 0]], [["0", "1"], ["0", "0"]], [[0, 0], [1, 0]]):
        with pytest.raises(ValueError):
            benchmark.get_model_spec(matrix, [INPUT, OUTPUT])


def test_intermediate_operations_are_those_of_the_table(benchmark):
    assert benchmark.get_intermediate_ops() == plain.OPERATIONS


def test_info_prints_what_the_table_holds(benchmark, table_4v, capsys):
    assert benchmark.info() is None
    printed = capsys.readouterr().out
    assert printed.startswith("EC-NAS-Bench (")
    for line in (
        "Datapoints: 364",
        "Unique models: 91",
        "Max edges: 6",
        "Epoch budgets: [4, 12, 36, 108]",
    ):
        assert f"\n{line}\n" in printed
    counts = json.loads(printed[printed.index("{") : printed.index("}") + 1])
    assert counts == {"2V": "1 models", "3V": "6 models", "4V": "84 models"}
    energy_kwh = float(np.sum(table_4v.tensor("energy_kwh")[:, 0], dtype=np.float64))
    stated = printed.split("Aggregate energy consumption (kWh): ")[1].splitlines()[0]
    assert float(stated) == pytest.approx(energy_kwh)


def test_a_table_of_cells_alone_has_fixed_statistics_only(capsys):
    benchmark = nasbench101.ECNASBench("space-4v")
    assert len(benchmark.fixed_statistics) == 91 and benchmark.valid_epochs == set()
    benchmark.info()
    assert "Datapoints: 0\n" in capsys.readouterr().out


def test_a_source_that_is_none_is_named(tmp_path):
    with pytest.raises(ecnas.NotFound, match=r"energy_9V9E\.tfrecord"):
        nasbench101.ECNASBench(tmp_path / "energy_9V9E.tfrecord")
    with pytest.raises(ecnas.InvalidArgument, match="dataset_file"):
        nasbench101.ECNASBench(None)


# The published files ------------------------------------------------------------------------------


def test_the_scaled_file_answers_as_its_csv(linscale):
    path, rows = linscale
    benchmark = nasbench101.ECNASBench(str(path))
    for (cell_hash, epochs), row in rows.items():
        data = benchmark.query(spec_of(benchmark, cell_hash), epochs=epochs)
        for key, column in (
            ("energy (kWh)", "energy_kwh"),
            ("co2eq (g)", "co2eq_g"),
            ("training_time", "training_time_s"),
            ("validation_accuracy", "validation_accuracy"),
            ("test_accuracy", "test_accuracy"),
        ):
            assert data[key] == pytest.approx(float(row[column]), rel=1e-6), (cell_hash, key)
        assert data["trainable_parameters"] == int(row["trainable_parameters"])


def test_what_the_writer_copied_is_not_passed_on(linscale):
    """Halfway accuracies are copies, totals and meters those of 4 epochs at every budget."""
    path, rows = linscale
    benchmark = nasbench101.ECNASBench(path)
    spec = spec_of(benchmark, next(iter(rows))[0])
    assert not math.isnan(benchmark.query(spec, epochs=4)["total_energy (kWh)"])
    assert benchmark.query(spec, epochs=4)["avg_power_usages"] != {}
    for epochs in BUDGETS[1:]:
        data = benchmark.query(spec, epochs=epochs)
        assert math.isnan(data["total_energy (kWh)"]) and data["avg_power_usages"] == {}
    for epochs in BUDGETS:
        with pytest.raises(ecnas.NotFound, match="halfway"):
            benchmark.query(spec, epochs=epochs, stop_halfway=True)


def test_the_first_of_several_repeats_answers_and_nothing_is_drawn(four_epochs):
    path, runs = four_epochs
    benchmark = nasbench101.ECNASBench(path, seed=3)
    before = random.getstate()
    for cell_hash, (first, *_) in runs.items():
        data = benchmark.query(spec_of(benchmark, cell_hash), epochs=4)
        end = first["evaluation_results"][-1]
        assert data["validation_accuracy"] == float32(end["validation_accuracy"])
        assert data["train_accuracy"] == float32(end["train_accuracy"])
        assert data["energy (kWh)"] == float32(end["energy (kWh)"])
        assert data["total_time"] == float32(first["total_time"])
        assert data["total_energy (kWh)"] == float32(first["total_energy (kWh)"])
        assert data["total_co2eq (g)"] == float32(first["total_co2eq (g)"])
    assert random.getstate() == before


def test_carbon_intensity_is_that_of_the_run(four_epochs):
    """To 2 %: the files round it to whole g/kWh, energies to mWh."""
    path, runs = four_epochs
    benchmark = nasbench101.ECNASBench(path)
    for cell_hash, (first, *_) in runs.items():
        data = benchmark.query(spec_of(benchmark, cell_hash), epochs=4)
        assert data["overall_avg_intensity (gCO2/kWh)"] == pytest.approx(
            first["avg_intensity (gCO2/kWh)"], rel=0.02
        )


def test_power_is_that_of_the_meters_without_pue(four_epochs):
    path, runs = four_epochs
    benchmark = nasbench101.ECNASBench(path)
    cell_hash, (first, *_) = next(iter(runs.items()))
    usages = benchmark.query(spec_of(benchmark, cell_hash), epochs=4)["avg_power_usages"]
    raw = first["avg_power_usages:"]["gpu"]
    assert [each["avgPowerUsage"] for each in usages["gpu"]["avgPowerUsagesW"]] == (
        pytest.approx(raw["avg_power_usages (W)"][0], rel=1e-6)
    )
    assert [each["avgPowerUsage"] for each in usages["gpu"]["avgPowerUsagesJ"]] == (
        pytest.approx(raw["avg_energy_usages (J)"][0], rel=1e-6)
    )
    assert usages["gpu"]["devices"] == [{"name": "gpu0"}]
    # The published writer left out all processor sockets but the first.
    assert len(usages["cpu"]["devices"]) == 1


def test_halfway_energy_goes_with_halfway_accuracy(four_epochs):
    """Mended: the published class answers with the energy of the whole training."""
    path, runs = four_epochs
    benchmark = nasbench101.ECNASBench(path)
    for cell_hash, (first, *_) in runs.items():
        halfway = first["evaluation_results"][1]
        spec = spec_of(benchmark, cell_hash)
        benchmark.reset_budget_counters()
        data = benchmark.query(spec, epochs=4, stop_halfway=True)
        assert data["validation_accuracy"] == float32(halfway["validation_accuracy"])
        assert data["training_time"] == float32(halfway["training_time"])
        assert data["energy (kWh)"] == float32(halfway["energy (kWh)"])
        assert data["co2eq (g)"] == float32(halfway["co2eq (g)"])
        assert benchmark.get_budget_counters() == (data["training_time"], 2)


def test_every_repeat_is_in_the_statistics(four_epochs):
    path, runs = four_epochs
    benchmark = nasbench101.ECNASBench(path)
    for cell_hash in benchmark.hash_iterator():
        _, computed = benchmark.get_metrics_from_hash(cell_hash)
        assert [point["energy (kWh)"] for point in computed[4]] == [
            float32(run["evaluation_results"][-1]["energy (kWh)"]) for run in runs[cell_hash]
        ]


# A script -----------------------------------------------------------------------------------------


def evaluated(benchmark, module, config, budget):
    """As EC-NAS's problem definition evaluates a drawn network, but for what failure returns."""
    vertices = config["vertices"]
    matrix = np.zeros([vertices, vertices], dtype=np.int8)
    for source in range(vertices):
        for target in range(source + 1, vertices):
            matrix[source, target] = config[f"edge_{source}_{target}"]
    labels = [INPUT, *(config[f"op_node_{vertex}"] for vertex in range(vertices - 2)), OUTPUT]
    try:
        metrics = benchmark.query(benchmark.get_model_spec(matrix, labels), epochs=budget)
    except (KeyError, module.OutOfDomainError):
        return None
    return {
        "val_acc": -100.0 * metrics["validation_accuracy"],
        "train_time": metrics["training_time"],
        "energy": metrics["energy (kWh)"],
        "co2eq": metrics["co2eq (g)"],
        "params": np.log10(metrics["trainable_parameters"]),
    }


def test_a_random_search_for_energy_and_accuracy_runs_unchanged(benchmark):
    generator = random.Random(1)
    found = []
    for _ in range(500):
        config = {"vertices": 4}
        for source in range(4):
            for target in range(source + 1, 4):
                config[f"edge_{source}_{target}"] = generator.randint(0, 1)
        for vertex in range(2):
            config[f"op_node_{vertex}"] = generator.choice(plain.OPERATIONS)
        found.append(evaluated(benchmark, nasbench101, config, generator.choice(BUDGETS)))
    answered = [each for each in found if each is not None]
    assert 0 < len(answered) < len(found)  # some graphs are not connected
    assert all(each["energy"] > 0 and each["val_acc"] < 0 for each in answered)
    assert benchmark.get_budget_counters()[0] == pytest.approx(
        sum(each["train_time"] for each in answered)
    )
