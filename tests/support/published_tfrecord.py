"""TFRecord files as EC-NAS and NAS-Bench-101 published theirs, faults of their writers included, made
from the data beside the project. Standard library only: protobuf and checksums are written here
bit by bit, and tests/project/check_tfrecord.py reads them with the packages of those names.

Each function named after a file yields its payloads; `write` makes the file of them.
"""

import base64
import csv
import json
import lzma
import random
import struct
import tarfile

BUDGETS = (4, 12, 36, 108)
LABELS = {-1: "input", -2: "output", 0: "conv3x3-bn-relu", 1: "conv1x1-bn-relu", 2: "maxpool3x3"}


# Framing ------------------------------------------------------------------------------------------


def _checksum_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CHECKSUM_TABLE = _checksum_table()


def masked_crc32c(data):
    remainder = 0xFFFFFFFF
    for byte in data:
        remainder = remainder >> 8 ^ CHECKSUM_TABLE[(remainder ^ byte) & 0xFF]
    checksum = remainder ^ 0xFFFFFFFF
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def framed(payload):
    length = struct.pack("<Q", len(payload))
    return (length + struct.pack("<I", masked_crc32c(length)) +
            payload + struct.pack("<I", masked_crc32c(payload)))


def write(path, payloads):
    path.write_bytes(b"".join(map(framed, payloads)))
    return path


# Messages -----------------------------------------------------------------------------------------


def varint(value):
    data = bytearray()
    while value >= 0x80:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)
    return bytes(data)


def field(number, value):
    """One field: a float is a double, an int a varint, a list repeated; None is left out."""
    if value is None:
        return b""
    if isinstance(value, list):
        return b"".join(field(number, each) for each in value)
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def message(fields):
    """A message from {field number: value}."""
    return b"".join(field(number, value) for number, value in fields.items())


def row(cell, epochs, content):
    """A payload: the base64 is broken into lines, as `encodebytes` does."""
    return json.dumps([cell["hash"], epochs, cell["adjacency"], cell["operations"],
                       base64.encodebytes(content).decode("ascii")]).encode()


# Sources ------------------------------------------------------------------------------------------


def raw_runs(archive):
    """(hash, repeat, results) of every run."""
    with lzma.open(archive) as raw, tarfile.open(fileobj=raw, mode="r|") as members:
        for member in members:
            *_, cell_hash, repeat, name = member.name.rsplit("/", 3)
            if name == "results.json":
                yield cell_hash, int(repeat.removeprefix("repeat_")), json.load(
                    members.extractfile(member))


def table_rows(path):
    """{(hash, epochs): row} of a published table as CSV."""
    with open(path, newline="", encoding="utf-8") as file:
        return {(each["hash"], int(each["epochs"])): each for each in csv.DictReader(file)}


def cell_of(csv_row):
    return {"hash": csv_row["hash"], "adjacency": csv_row["adjacency"],
            "operations": csv_row["ops"].replace(";", ","),
            "parameters": int(csv_row["trainable_parameters"])}


def cells_of_graphs(path):
    """{hash: cell} of an enumeration; parameters come with the runs."""
    cells = {}
    for cell_hash, (matrix, labels) in json.loads(path.read_text()).items():
        cells[cell_hash] = {"hash": cell_hash,
                            "adjacency": "".join(str(digit) for line in matrix for digit in line),
                            "operations": ",".join(LABELS[label] for label in labels)}
    return cells


# EC-NAS's measured files --------------------------------------------------------------------------


def component(usage):
    """A component's readings. Its devices were paired with its lists, of which there is one: of two
    processor sockets the first alone is left."""
    pairs = list(zip(usage["avg_power_usages (W)"], usage["avg_energy_usages (J)"],
                     usage["devices"]))
    return message({1: [message({1: watts[0]}) for watts, _, _ in pairs],
                    2: [message({1: joules[0]}) for _, joules, _ in pairs],
                    3: [message({1: device}) for _, _, device in pairs]})


def evaluation(raw, accuracies, scale=1, epochs=None):
    """@param epochs  of the last evaluation; None for one on the way"""
    return message({
        1: float(epochs or raw["epochs"]),
        2: raw["training_time"] * scale,
        3: accuracies[0],
        4: accuracies[1],
        5: accuracies[2],
        6: raw["energy (kWh)"] * scale,
        7: raw["co2eq (g)"] * scale,
        8: raw["avg_intensity (gCO2/kWh)"],
        9: raw["start_emission"],
        10: raw["stop_emission"],
        11: raw.get("predicted_energy (kWh)"),
        12: raw.get("predicted_co2eq (g)"),
        13: raw.get("predicted_training_time"),
        14: raw.get("predicted_avg_intensity (gCO2/kWh)"),
    })


def run_message(run, evaluations):
    """Totals and readings are those of the raw run, whatever the budget; when it was is not said."""
    usage = run.get("avg_power_usages:") or run["avg_power_usages"]
    return message({
        1: evaluations,
        2: run["trainable_params"],
        3: run["total_time"],
        4: run["total_energy (kWh)"],
        5: run["total_co2eq (g)"],
        8: run["avg_intensity (gCO2/kWh)"],
        9: message({1: component(usage["gpu"]), 2: component(usage["cpu"])}),
    })


def linscale(data, vertices):
    """`energy_4V9E_linscale`, `energy_5V9E_linscale`: the first repeat of each cell in the published
    table at four budgets. All evaluations have the budget's final accuracies; the last alone is
    scaled from four epochs. (Train accuracies are not known: validation's stand there.)"""
    published = table_rows(data / f"ec-nas-{vertices}v-table.csv")
    for cell_hash, repeat, run in raw_runs(data / f"ec-nas-{vertices}v-results.tar.xz"):
        if repeat != 1:
            continue
        for epochs in BUDGETS:
            if (csv_row := published.get((cell_hash, epochs))) is not None:
                yield row(cell_of(csv_row), epochs, scaled_message(run, csv_row, epochs))


def scaled_message(run, csv_row, epochs):
    validation, test = float(csv_row["validation_accuracy"]), float(csv_row["test_accuracy"])
    accuracies = (validation, validation, test)
    *before, last = run["evaluation_results"]
    return run_message(run, [*(evaluation(raw, accuracies) for raw in before),
                             evaluation(last, accuracies, epochs // BUDGETS[0], epochs)])


def four_epochs(data, vertices):
    """`energy_4V9E_4epochs`, `energy_5V9E_4epochs`: every run, with its own accuracies."""
    cells = cells_of_graphs(data / f"generated_graphs_{vertices}V9E.json")
    for cell_hash, _, run in raw_runs(data / f"ec-nas-{vertices}v-results.tar.xz"):
        evaluations = [evaluation(raw, [raw[f"{part}_accuracy"]
                                        for part in ("train", "validation", "test")])
                       for raw in run["evaluation_results"]]
        yield row(cells[cell_hash], BUDGETS[0], run_message(run, evaluations))


# EC-NAS's predicted file --------------------------------------------------------------------------


def surrogate(data):
    """`energy_7V9E_surrogate`: NAS-Bench-101's accuracies and times, those at the end halfway too, a
    surrogate's energies; no emissions, no readings. Of all cells such records have the published
    file's size."""
    for (_, epochs), csv_row in table_rows(data / "ec-nas-7v-table.csv").items():
        cell = cell_of(csv_row)
        validation = float(csv_row["validation_accuracy"])
        accuracies = {3: validation, 4: validation, 5: float(csv_row["test_accuracy"])}
        time = float(csv_row["training_time_s"])
        end = message({1: float(epochs), 2: time, **accuracies, 6: float(csv_row["energy_kwh"])})
        evaluations = [message({1: 0.0}), message({1: epochs / 2, **accuracies}), end]
        yield row(cell, epochs, message({1: evaluations, 2: cell["parameters"], 3: 1.1 * time}))


# NAS-Bench-101's ----------------------------------------------------------------------------------


def nasbench101(data, repeats=3, seed=1):
    """`nasbench_full`, of the cells of the 4V table: several repeats whose accuracies lie around the
    published means, with accuracies of their own halfway. Times are made up."""
    generator = random.Random(seed)
    for (_, epochs), csv_row in table_rows(data / "ec-nas-4v-table.csv").items():
        cell = cell_of(csv_row)
        for _ in range(repeats):
            yield row(cell, epochs, nasbench101_message(cell, csv_row, epochs, generator))


def nasbench101_message(cell, csv_row, epochs, generator):
    shift = generator.uniform(-0.02, 0.02)
    time = epochs * generator.uniform(9, 10)
    means = [float(csv_row[f"{part}_accuracy"]) for part in ("validation", "validation", "test")]

    def at(share):
        accuracies = {number: min(1.0, max(0.0, (mean + shift) * (0.2 + 0.8 * share)))
                      for number, mean in enumerate(means, 3)}
        return message({1: share * epochs, 2: share * time, **accuracies, 6: "model.ckpt"})

    return message({1: [at(0.0), at(0.5), at(1.0)], 2: cell["parameters"], 3: 1.2 * time})
