"""Tables: queries one by one and in batches, tensors, frames, files."""

import json
import math

import numpy as np
import pytest

import ecnas


def slow_mean(table, metric, row, budget):
    values = table.tensor(metric)[row, budget]
    there = values[~np.isnan(values)]
    return float(np.mean(there.astype(np.float64))) if len(there) else math.nan


def test_a_table_says_what_it_is(fashion):
    assert len(fashion) == 91 and fashion.budgets == (1, 2, 4) and fashion.repeats == 3
    assert {"validation_accuracy", "training_time_s", "energy_kwh"} <= set(fashion.metrics)
    assert fashion.units["energy_kwh"] == "kWh"
    assert fashion.metadata["data_set"] == "Fashion-MNIST"
    assert fashion.metadata["energy_quality"] == "modelled"
    assert "Fashion-MNIST" in fashion.info() and "91 cells" in fashion.info()
    assert set(ecnas.tables()) >= {"ecnas-7v", "space-7v", "fashion-4v"}


def test_every_way_to_name_a_cell_gives_the_same_entry(fashion):
    for row in (0, 17, 90):
        cell = fashion.cells[row]
        ways = [
            cell,
            cell.representative,
            cell.hash,
            cell.hash.encode(),
            fashion.hashes[row],
            row,
            np.int64(row),
            np.uint8(row),
            cell.text,
            (cell.matrix, cell.labels),
            (cell.matrix.tolist(), cell.labels),
        ]
        for way in ways:
            entry = fashion.query(way, 4)
            assert entry.row == row and entry.hash == cell.hash and entry.cell == cell


def test_entries_are_mappings_that_agree_with_the_tensors(fashion):
    for row in range(0, 91, 13):
        for budget, epochs in enumerate(fashion.budgets):
            entry = fashion.query(row, epochs)
            for metric in fashion.metrics:
                expected = slow_mean(fashion, metric, row, budget)
                if math.isnan(expected):
                    assert metric not in entry and entry.get(metric) is None
                    continue
                assert entry[metric] == pytest.approx(expected, rel=1e-12)
                assert getattr(entry, metric) == entry[metric] == dict(entry)[metric]
                assert entry.provenance(metric) == "measured"
            assert list(entry) == list(entry.keys()) and len(entry) == len(entry.items())
            assert entry.epochs == epochs
            assert "energy_kwh" in repr(entry)


def test_repeats_are_those_asked_for(fashion):
    values = [fashion.query(5, 2, repeat)["validation_accuracy"] for repeat in (1, 2, 3)]
    assert values == pytest.approx(fashion.tensor("validation_accuracy")[5, 1].tolist())
    assert fashion.query(5, 2).repeats("validation_accuracy").tolist() == pytest.approx(values)
    for wrong in (0, 4, -1):
        with pytest.raises(ecnas.InvalidArgument):
            fashion.query(5, 2, wrong)


def test_batches_are_single_queries(table_4v, fashion):
    for table in (table_4v, fashion):
        cells = table.cells
        by_cells = table.query(cells, table.budgets[0])
        ways = [list(cells), np.arange(len(table)), table.hashes, [cell.hash for cell in cells]]
        ways += [table.hashes.astype("U32"), np.arange(len(table), dtype=np.uint8)]
        for way in ways:
            batch = table.query(way, table.budgets[0])
            assert list(batch) == list(table.metrics)
            for metric in table.metrics:
                assert batch[metric].dtype == np.float32
                np.testing.assert_array_equal(batch[metric], by_cells[metric])
        for row in range(len(table)):
            entry = table.query(row, table.budgets[0])
            for metric in table.metrics:
                single = entry.get(metric, math.nan)
                np.testing.assert_allclose(by_cells[metric][row], single, rtol=1e-6)
    assert list(table_4v.query(table_4v.cells, metrics=["energy_kwh"])) == ["energy_kwh"]


def test_large_batches_are_small_ones_one_after_the_other(table_4v, fashion):
    for table in (table_4v, fashion):
        rows = np.random.default_rng(3).integers(len(table), size=40_003)
        cells = list(table.cells)
        several = ecnas.CellArray([cells[row] for row in rows] + [ecnas.Space(5)[-1]])
        expected = table.query(np.arange(len(table)), table.budgets[0])
        by_cells = table.query(several, table.budgets[0])
        by_hashes = table.query(table.hashes[rows], table.budgets[0])
        for metric in table.metrics:
            np.testing.assert_array_equal(by_cells[metric][:-1], expected[metric][rows])
            np.testing.assert_array_equal(by_hashes[metric], expected[metric][rows])
            assert math.isnan(by_cells[metric][-1])


def test_batches_read_the_repeat_that_is_chosen(fashion):
    for repeat in (1, 2, 3):
        batch = fashion.query(np.arange(91), 2, repeat, metrics=["validation_accuracy"])
        np.testing.assert_array_equal(
            batch["validation_accuracy"], fashion.tensor("validation_accuracy")[:, 1, repeat - 1]
        )


def test_batches_convert_as_entries_do(table_4v):
    cells = table_4v.cells[:9]
    batch = table_4v.query(cells, 36, pue=2.0, carbon_intensity=100.0, metrics=["energy_kwh", "co2eq_g"])
    for position, cell in enumerate(cells):
        entry = table_4v.query(cell, 36, pue=2.0, carbon_intensity=100.0)
        assert batch["energy_kwh"][position] == pytest.approx(entry["energy_kwh"], rel=1e-6)
        assert batch["co2eq_g"][position] == pytest.approx(100 * entry["energy_kwh"], rel=1e-6)


def test_absent_cells_are_nan_in_batches_and_not_found_alone(table_4v):
    outside = ecnas.Space(5).cells[-3:]
    batch = table_4v.query([table_4v.cells[0], outside[0]])
    assert not np.isnan(batch["energy_kwh"][0]) and np.isnan(batch["energy_kwh"][1])
    assert outside[0] not in table_4v and table_4v.cells[0] in table_4v
    with pytest.raises(ecnas.NotFound) as failure:
        table_4v.query(outside[0])
    assert isinstance(failure.value, KeyError) and outside[0].text in str(failure.value)


@pytest.mark.parametrize(
    ("call", "error", "mentions"),
    [
        (lambda t: t.query(0, 5), ecnas.NotFound, "4, 12, 36, 108"),
        (lambda t: t.query(91), ecnas.NotFound, "row 91"),
        (lambda t: t.query(-1), ecnas.NotFound, "row -1"),
        (lambda t: t.query("zz"), ecnas.InvalidArgument, "zz"),
        (lambda t: t.query("0" * 32), ecnas.NotFound, "0" * 32),
        (lambda t: t.query(3.5), ecnas.InvalidArgument, "float"),
        (lambda t: t.query(None), ecnas.InvalidArgument, "None"),
        (lambda t: t.query(True), ecnas.InvalidArgument, "bool"),
        (lambda t: t.query(np.zeros((3, 3), int)), ecnas.InvalidArgument, "2 dimensions"),
        (lambda t: t.query(np.array([1.5])), ecnas.InvalidArgument, "float"),
        (lambda t: t.query(np.array(["abc"])), ecnas.InvalidArgument, "3 bytes"),
        (lambda t: t.query(np.array([0, 200])), ecnas.NotFound, "row 200"),
        (lambda t: t.query(0, pue=0.5), ecnas.InvalidArgument, "PUE"),
        (lambda t: t.query([0, 1.5]), ecnas.InvalidArgument, "float"),
        (lambda t: t.query(t.cells, metrics=["energy_kw"]), ecnas.NotFound, "energy_kwh"),
        (lambda t: t.query(0)["energy"], ecnas.NotFound, "energy"),
        (lambda t: t.query(0).energy, AttributeError, "energy"),
        (lambda t: t.tensor("x"), ecnas.NotFound, "x"),
        (lambda t: t.query(0, 36, 2), ecnas.InvalidArgument, "repeat 2"),
        (lambda t: ecnas.load("ecnas-8v"), ecnas.NotFound, "ecnas-"),
        (lambda t: ecnas.load("/nowhere/at.all"), ecnas.NotFound, "/nowhere/at.all"),
        (lambda t: ecnas.load("space-4v").query(0), ecnas.NotFound, "cells alone"),
        (lambda t: t.save("/nowhere/at.all"), ecnas.IoFailure, "/nowhere"),
        (lambda t: t.save("x", format="xls"), ecnas.InvalidArgument, "xls"),
    ],
)
def test_bad_requests_say_what_is_wrong(table_4v, call, error, mentions):
    with pytest.raises(error) as failure:
        call(table_4v)
    assert mentions in str(failure.value)
    assert "\n" not in str(failure.value)


def test_tensors_are_views_that_cannot_be_written_and_outlive_the_table(tmp_path):
    path = tmp_path / "t.ecnas"
    ecnas.load("fashion-4v").save(path)
    table = ecnas.load(path)
    tensor = table.tensor("energy_kwh")
    assert tensor.shape == (91, 3, 3) and not tensor.flags.writeable and not tensor.flags.owndata
    with pytest.raises(ValueError):
        tensor[0, 0, 0] = 1
    assert table.tensor("energy_kwh").ctypes.data == tensor.ctypes.data
    copy = tensor.copy()
    del table
    path.unlink()
    np.testing.assert_array_equal(tensor, copy)


def test_a_table_that_is_replaced_while_mapped_stays_as_it_was(tmp_path, fashion, table_4v):
    path = tmp_path / "t.ecnas"
    fashion.save(path)
    table = ecnas.load(path)
    entry, tensor = table.query(3), table.tensor("training_time_s")
    before = tensor.copy()
    table_4v.save(path)
    assert ecnas.load(path).budgets == (4, 12, 36, 108)
    assert entry.epochs == 4 and table.budgets == (1, 2, 4)
    np.testing.assert_array_equal(tensor, before)


def test_files_come_back(tmp_path, fashion, table_4v):
    for table, format_, name in ((fashion, "table", "t.ecnas"), (table_4v, "csv", "t.csv")):
        table.save(tmp_path / name, format_)  # a CSV does not say of which skeleton it is
        again = ecnas.import_table(tmp_path / name)
        for metric in ("energy_kwh", "validation_accuracy"):
            np.testing.assert_array_equal(again.tensor(metric), table.tensor(metric))
    again.verify()
    part = tmp_path / "part.ecnas"
    fashion.save(part, epochs=[4], metrics=["energy_kwh"])
    assert ecnas.load(part).budgets == (4,) and ecnas.load(part).metrics == ("energy_kwh",)
    damaged = bytearray(part.read_bytes())
    damaged[-3] ^= 0xFF
    part.write_bytes(damaged)
    with pytest.raises(ecnas.InvalidData):
        ecnas.load(part)


def test_frames_hold_every_training(fashion):
    pd = pytest.importorskip("pandas")
    frame = fashion.to_pandas(provenance=True)
    assert len(frame) == 91 * 3 * 3
    assert frame.attrs["units"]["energy_kwh"] == "kWh"
    assert set(frame["energy_kwh_provenance"]) == {"measured"}
    mean = frame[frame.epochs == 4].groupby("hash").validation_accuracy.mean()
    for row in (0, 40, 90):
        entry = fashion.query(row, 4)
        assert mean[entry.hash] == pytest.approx(entry["validation_accuracy"], rel=1e-6)
    bare = ecnas.load("space-4v").to_pandas()
    assert isinstance(bare, pd.DataFrame) and len(bare) == 91


def test_parquet_keeps_units_and_origin(tmp_path, fashion):
    parquet = pytest.importorskip("pyarrow.parquet")
    fashion.to_parquet(tmp_path / "t.parquet")
    read = parquet.read_table(tmp_path / "t.parquet")
    assert read.num_rows == 819
    assert read.schema.field("energy_kwh").metadata[b"unit"] == b"kWh"
    assert b"Fashion-MNIST" in read.schema.metadata[b"ecnas"]
    assert list(tmp_path.iterdir()) == [tmp_path / "t.parquet"]


def test_datasets_are_views_with_units(fashion):
    pytest.importorskip("xarray")
    data = fashion.to_xarray()
    assert dict(data.sizes) == {"cell": 91, "epochs": 3, "repeat": 3}
    assert data.energy_kwh.attrs["unit"] == "kWh" and data.attrs["data_set"] == "Fashion-MNIST"
    cell = fashion.cells[7].hash
    value = data.validation_accuracy.sel(cell=cell, epochs=2).mean("repeat")
    assert float(value) == pytest.approx(fashion.query(cell, 2)["validation_accuracy"], rel=1e-6)
    assert np.shares_memory(data.energy_kwh.values, fashion.tensor("energy_kwh"))


def test_the_front_is_not_dominated(table_4v):
    pytest.importorskip("pandas")
    front = table_4v.front()
    points = front[["energy_kwh", "validation_error"]].to_numpy()
    everything = np.vstack(
        [
            np.column_stack([batch["energy_kwh"], 1 - batch["validation_accuracy"].astype(float)])
            for batch in (table_4v.query(table_4v.cells, epochs) for epochs in table_4v.budgets)
        ]
    )
    from ecnas import indicators

    slow = [
        point
        for point in everything
        if not ((everything <= point).all(1) & (everything < point).any(1)).any()
    ]
    assert len(front) == len({tuple(point) for point in slow})
    assert sorted(points[:, 0]) == pytest.approx(sorted({point[0] for point in slow}))
    assert len(indicators.non_dominated(points)) == len(front)
    limited = table_4v.front(constraints=["energy<=0.1"])
    assert (limited.energy_kwh <= 0.1).all() and len(limited) < len(front)


def test_lists_mix_what_names_a_cell_and_absent_ones_are_nan(table_4v):
    pd = pytest.importorskip("pandas")
    cell = table_4v.cells[7]
    named = [7, cell, cell.hash, cell.hash.encode(), cell.text, "0" * 32]
    values = table_4v.query(named, metrics=["energy_kwh"])["energy_kwh"]
    assert len(set(values[:5])) == 1 and math.isnan(values[5])
    front = table_4v.front()
    for rows in (front["row"], pd.Index(front["row"]), list(front["row"]), tuple(front["row"])):
        np.testing.assert_array_equal(
            table_4v.query(rows)["energy_kwh"], table_4v.query(np.array(front["row"]))["energy_kwh"]
        )
    assert len(table_4v.query((0, 1))["energy_kwh"]) == 2
    assert repr(ecnas.load("space-4v")) == "<Table space-4v: 91 cells>"


def test_a_damaged_table_is_told_of_where_membership_is_asked(tmp_path):
    path = tmp_path / "damaged.ecnas"
    ecnas.load("ecnas-7v").save(path, epochs=[4], metrics=["energy_kwh"])  # not checked when opened
    content = bytearray(path.read_bytes())
    length = int.from_bytes(content[:8], "little")
    begin, end = json.loads(content[8 : 8 + length])["adjacency"]["data_offsets"]
    content[8 + length + begin : 8 + length + end] = bytes(end - begin)
    path.write_bytes(content)
    with pytest.raises(ecnas.InvalidData):
        ecnas.load("ecnas-4v").cells[3] in ecnas.load(path)
