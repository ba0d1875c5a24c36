"""TFRecord files written by the program are what the Python packages `crc32c` and `protobuf` read, in
the steps of the classes that were published with NAS-Bench-101 and EC-NAS: every record holds the
values that the table exports as JSON Lines. The messages are those of model_metrics.proto."""

import argparse
import base64
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    import crc32c
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
except ModuleNotFoundError as missing:
    print(f"skipped: {missing}; setup.sh makes .venv with what this test needs")
    sys.exit(77)

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "support"))
import published_tfrecord  # noqa: E402

INITIAL, HALFWAY, FINAL = range(3)
JOULES_PER_KWH = 3.6e6
# Of a meter's energy, which is divided by the PUE and multiplied again in double precision.
ROUNDING = 1e-6


def expect(condition, claim):
    if not condition:
        sys.exit(f"not so: {claim}")


def run(*command):
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: status {result.returncode}: {result.stderr}")
    return result.stdout


# Reading in the published steps -------------------------------------------------------------------


def message_classes(work, protoc):
    """Classes of the messages, from what the compiler of definitions makes of them."""
    described = work / "model_metrics.descriptors"
    run(protoc, f"--proto_path={TESTS / 'data'}", f"--descriptor_set_out={described}",
        TESTS / "data" / "model_metrics.proto")
    files = descriptor_pb2.FileDescriptorSet.FromString(described.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(
        f"ecnas.published.{name}")) for name in ("ModelMetrics", "ModelMetricsEnergy")}


def masked(data):
    checksum = crc32c.crc32c(data)
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def payloads(path):
    """Payloads of a file, lengths and checksums checked."""
    content = path.read_bytes()
    at = 0
    while at < len(content):
        length, length_checksum = struct.unpack_from("<QI", content, at)
        expect(masked(content[at:at + 8]) == length_checksum, f"a right checksum at byte {at}")
        payload = content[at + 12:at + 12 + length]
        checksum, = struct.unpack_from("<I", content, at + 12 + length)
        expect(masked(payload) == checksum, f"the payload at byte {at} has its checksum")
        yield payload
        at += length + 16
    expect(at == len(content), "the last record ends with the file")


def rows(path, message_class):
    """What the published class takes from each record."""
    for payload in payloads(path):
        cell_hash, epochs, raw_adjacency, raw_operations, raw_metrics = json.loads(payload)
        dimension = int(math.sqrt(len(raw_adjacency)))
        expect(dimension ** 2 == len(raw_adjacency), f"{raw_adjacency} is a square matrix")
        operations = raw_operations.split(",")
        expect(len(operations) == dimension, f"{raw_operations} has a label a vertex")
        expect((operations[0], operations[-1]) == ("input", "output"), "ends are labelled")
        metrics = message_class.FromString(base64.b64decode(raw_metrics))
        yield (cell_hash, epochs), raw_adjacency, operations[1:-1], metrics


# Comparing ----------------------------------------------------------------------------------------


def exported_values(program, table, *options):
    """{(hash, epochs): its entries in the order of their repeats}"""
    entries = {}
    for line in run(program, "export", table, "--format", "jsonl", *options).splitlines():
        entry = json.loads(line)
        entries.setdefault((entry["hash"], entry["epochs"]), []).append(entry)
    return entries


def expect_value(message, field, entry, metric, place):
    """A message's field is a table's metric to the float, and is there exactly where that is."""
    wanted = entry.get(metric)
    expect(message.HasField(field) == (wanted is not None), f"{place}: {field} as {metric}")
    if wanted is not None:
        found = struct.unpack("<f", struct.pack("<f", getattr(message, field)))[0]
        value = struct.unpack("<f", struct.pack("<f", wanted["value"]))[0]
        expect(found == value, f"{place}: {field} is {value}, found {found}")


def expect_evaluations(evaluations, entry, place, with_energy):
    fields = {"train_accuracy": "train_accuracy", "validation_accuracy": "validation_accuracy",
              "test_accuracy": "test_accuracy", "training_time": "training_time_s"}
    if with_energy:
        fields |= {"energy": "energy_kwh", "co2eq": "co2eq_g"}
    expect(len(evaluations) == 3, f"{place}: three evaluations")
    epochs = [evaluation.current_epoch for evaluation in evaluations]
    expect(epochs == [0, place[1] / 2, place[1]], f"{place}: evaluations after {epochs}")
    for field, metric in fields.items():
        expect(not evaluations[INITIAL].HasField(field), f"{place}: nothing before training")
        expect_value(evaluations[HALFWAY], field, entry, f"{metric}_halfway", place)
        expect_value(evaluations[FINAL], field, entry, metric, place)


def expect_readings(usage, component, entry, place):
    """Readings in watts and in joules, which do not include the PUE."""
    for index, watts in enumerate(usage.watts):
        expect_value(watts, "avg_power_usage", entry, f"{component}{index}_average_power_w", place)
    for index, joules in enumerate(usage.joules):
        wanted = entry.get(f"{component}{index}_energy_kwh")
        expect(joules.HasField("avg_power_usage") == (wanted is not None), f"{place}: joules")
        if wanted is not None:
            kwh = joules.avg_power_usage / JOULES_PER_KWH * entry.get("pue", 1)
            expect(abs(kwh - wanted["value"]) <= ROUNDING * kwh, f"{place}: {component}{index}")


def expect_energy_message(metrics, entry, place):
    expect_evaluations(metrics.evaluation_data_energy, entry, place, with_energy=True)
    expect_value(metrics, "total_time", entry, "run_time_s", place)
    expect_value(metrics, "total_energy", entry, "run_energy_kwh", place)
    expect_value(metrics, "total_co2eq", entry, "run_co2eq_g", place)
    expect_readings(metrics.avg_power_usages.gpu, "gpu", entry, place)
    expect_readings(metrics.avg_power_usages.cpu, "cpu", entry, place)


def expect_nasbench101_message(metrics, entry, place):
    expect_evaluations(metrics.evaluation_data, entry, place, with_energy=False)
    expect_value(metrics, "total_time", entry, "run_time_s", place)


class Formats:
    """Both formats: name, class of messages, comparison."""

    def __init__(self, work, protoc):
        classes = message_classes(work, protoc)
        self.work = work
        self.energy_class = classes["ModelMetricsEnergy"]
        self.all = [("ecnas-tfrecord", self.energy_class, expect_energy_message),
                    ("nasbench101-tfrecord", classes["ModelMetrics"], expect_nasbench101_message)]


def check_table(program, table, formats, options=()):
    """Each record of each format says what the table does, repeats in their order."""
    entries = exported_values(program, table, *options)
    for name, message_class, expect_message in formats.all:
        path = formats.work / "exported.tfrecord"
        run(program, "export", table, "--format", name, "-o", path, *options)
        left = {place: list(repeats) for place, repeats in entries.items()}
        for place, adjacency, operations, metrics in rows(path, message_class):
            entry = left[place].pop(0)
            expect(adjacency == entry["adjacency"], f"{place}: adjacency {entry['adjacency']}")
            expect(operations == entry["operations"], f"{place}: operations")
            expect(metrics.trainable_parameters == entry["trainable_parameters"], f"{place}: count")
            expect_message(metrics, entry, place)
        expect(not any(left.values()), f"{table}: {name} has all entries")


def check_round_trip(program, table, work, options=()):
    """Values, provenance and PUE of a table that records can hold come back."""
    run(program, "export", table, "--format", "ecnas-tfrecord", "-o", work / "there", *options)
    run(program, "import", work / "there", "-o", work / "back")
    there = exported_values(program, table, *options)
    back = exported_values(program, work / "back")
    for entry in (entry for repeats in there.values() for entry in repeats):
        for content in entry.values():
            if isinstance(content, dict):
                content.pop("interval90", None)
                content.pop("out_of_range", None)
    expect(there == back, f"{table} comes back the same")


def check_module(formats, source, program):
    """What the tests' own module writes, by no package, is what the packages read."""
    path = published_tfrecord.write(formats.work / "published", published_tfrecord.linscale(source, 4))
    values = {place: metrics for place, _, _, metrics in rows(path, formats.energy_class)}
    expect(len(values) == 91 * 4, f"364 records, found {len(values)}")
    run(program, "import", path, "-o", formats.work / "published.ecnas")
    for place, (entry,) in exported_values(program, formats.work / "published.ecnas").items():
        final = values[place].evaluation_data_energy[FINAL]
        for field, metric in (("energy", "energy_kwh"), ("co2eq", "co2eq_g"),
                              ("test_accuracy", "test_accuracy")):
            expect_value(final, field, entry, metric, place)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--protoc", type=pathlib.Path, default="protoc")
    arguments = parser.parse_args()
    program, raw = arguments.program, arguments.data / "ec-nas-4v-results.tar.xz"
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        formats = Formats(work, arguments.protoc)
        tables = [TESTS / "data" / "made-up.csv", TESTS / "data" / "made-up-cells.csv"]
        tables += [raw] if raw.is_file() else []
        for source in tables:
            run(program, "import", source, "-o", work / "table")
            check_table(program, work / "table", formats)
            check_round_trip(program, work / "table", work)
        for built_in in ("ecnas-4v", "ecnas-5v"):
            check_table(program, built_in, formats)
            check_round_trip(program, built_in, work)
        if raw.is_file():
            check_module(formats, arguments.data, program)
        else:
            print(f"published data not compared: {raw} is not there")


if __name__ == "__main__":
    main()
