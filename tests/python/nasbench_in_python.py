"""NAS-Bench-101's rules in plain Python, the obvious way: what ecnas.compat is held against.

Written for these tests from the paper (Ying et al. 2019, section 2) and the class's documentation:
lists and dicts, no NumPy, nothing of ecnas. A specification is a nested list of 0 and 1 and a list
of labels. `Benchmark` holds records in dicts of dicts, as the published class does.

The end of the file makes such records: as CSV that `ecnas.import_table` reads, from any cells; and
as the published TFRecord files, from the data beside the project.
"""

import base64
import csv
import hashlib
import importlib.util
import json
import os
import pathlib
import random
import struct

OPERATIONS = ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"]

# Specifications -----------------------------------------------------------------------------------


def is_specification(matrix, labels):
    """Whether a spec can be made of it: square, a label a vertex, edges that run forward."""
    size = len(labels)
    if len(matrix) != size or any(len(row) != size for row in matrix):
        return False
    return all(
        matrix[source][target] == 0 for source in range(size) for target in range(source + 1)
    )


def reachable(start, neighbours):
    found = {start}
    waiting = [start]
    while waiting:
        for vertex in neighbours(waiting.pop()):
            if vertex not in found:
                found.add(vertex)
                waiting.append(vertex)
    return found


def pruned(matrix, labels):
    """(matrix, labels) of what lies on paths from first to last vertex; None if there is none."""
    vertices = range(len(labels))
    if len(labels) < 2:
        return None
    from_input = reachable(0, lambda v: [w for w in vertices if matrix[v][w] == 1])
    to_output = reachable(len(labels) - 1, lambda v: [w for w in vertices if matrix[w][v] == 1])
    kept = sorted(from_input & to_output)
    if not kept:
        return None
    return [[matrix[v][w] for w in kept] for v in kept], [labels[v] for v in kept]


def is_in_space(matrix, labels, max_vertices=7, max_edges=9):
    """Whether a pruned specification is a cell of the space."""
    return (
        len(labels) <= max_vertices
        and sum(sum(row) for row in matrix) <= max_edges
        and labels[0] == "input"
        and labels[-1] == "output"
        and all(label in OPERATIONS for label in labels[1:-1])
    )


def md5(text):
    return hashlib.md5(text.encode("utf-8")).hexdigest()


def hash_of(matrix, labels, operations=OPERATIONS):
    """The key of a pruned specification. ValueError for an operation that is not listed."""
    numbers = [-1] + [operations.index(label) for label in labels[1:-1]] + [-2]
    size = len(labels)
    sources = {v: [w for w in range(size) if matrix[w][v]] for v in range(size)}
    targets = {v: [w for w in range(size) if matrix[v][w]] for v in range(size)}
    hashes = {v: md5(str((len(targets[v]), len(sources[v]), numbers[v]))) for v in range(size)}
    for _ in range(size):
        new = {}
        for v in range(size):
            incoming = "".join(sorted(hashes[w] for w in sources[v]))
            outgoing = "".join(sorted(hashes[w] for w in targets[v]))
            new[v] = md5(incoming + "|" + outgoing + "|" + hashes[v])
        hashes = new
    return md5(str(sorted(hashes.values())))


# Queries ------------------------------------------------------------------------------------------


class Benchmark:
    """Records as dicts: hash -> epochs -> list of {"halfway_…", "final_…"}, in their order."""

    def __init__(self, records, seed=None, repeats=3):
        self.computed = {}
        for cell_hash, epochs, results in records:
            self.computed.setdefault(cell_hash, {}).setdefault(epochs, []).append(results)
        self.repeats = repeats
        self.seconds, self.epochs = 0.0, 0
        random.seed(seed)

    def query(self, cell_hash, epochs=108, stop_halfway=False):
        """The results of a drawn repeat; counters grow."""
        drawn = self.computed[cell_hash][epochs][random.randint(0, self.repeats - 1)]
        stage = "halfway_" if stop_halfway else "final_"
        results = {
            name[len(stage) :]: value for name, value in drawn.items() if name.startswith(stage)
        }
        self.seconds += results["training_time"]
        self.epochs += epochs // 2 if stop_halfway else epochs
        return results


# Records: as CSV ----------------------------------------------------------------------------------

METRICS = {
    "training_time": "training_time_s",
    "train_accuracy": "train_accuracy",
    "validation_accuracy": "validation_accuracy",
    "test_accuracy": "test_accuracy",
}


def as_float32(value):
    """The 32-bit float that a table keeps of a number."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def made_records(cells, budgets=(4, 12, 36, 108), repeats=3, seed=7):
    """Results for cells (hash, matrix, labels): others for every repeat, halfway and at the end."""
    generator = random.Random(seed)
    for cell_hash, _, _ in cells:
        for epochs in budgets:
            for _ in range(repeats):
                yield cell_hash, epochs, {
                    f"{stage}_{name}": as_float32(
                        generator.random() * (epochs * share * 10 if "time" in name else 1)
                    )
                    for stage, share in (("halfway", 0.5), ("final", 1.0))
                    for name in METRICS
                }


def write_csv(path, cells, records):
    """A table as `ecnas import` reads it. Numbers of repeats follow the order of the records."""
    graphs = {cell_hash: (matrix, labels) for cell_hash, matrix, labels in cells}
    stages = [(stage, name) for stage in ("final", "halfway") for name in METRICS]
    columns = [METRICS[name] + ("_halfway" if stage == "halfway" else "") for stage, name in stages]
    seen = {}
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["hash", "adjacency", "ops", "epochs", "repeat", *columns])
        for cell_hash, epochs, results in records:
            matrix, labels = graphs[cell_hash]
            seen[cell_hash, epochs] = seen.get((cell_hash, epochs), 0) + 1
            values = [results.get(f"{stage}_{name}") for stage, name in stages]
            writer.writerow(
                [
                    cell_hash,
                    "".join(str(entry) for row in matrix for entry in row),
                    ";".join(labels),
                    epochs,
                    seen[cell_hash, epochs],
                    *("" if value is None else repr(value) for value in values),
                ]
            )
    return path


# Records: published TFRecords ---------------------------------------------------------------------

TESTS = pathlib.Path(__file__).resolve().parents[1]


def data_directory():
    """Where the real data lie; the directory need not exist."""
    return pathlib.Path(os.environ.get("ECNAS_DATA_DIR") or TESTS.parents[1] / "shared" / "data")


def published_files():
    """The module that makes files as they were published; None outside the source tree."""
    path = TESTS / "support" / "published_tfrecord.py"
    if not path.exists():
        return None
    specification = importlib.util.spec_from_file_location("published_tfrecord", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def varint(data, position):
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def fields(data):
    """(number, value) of a protobuf message: doubles, integers, bytes."""
    position = 0
    while position < len(data):
        key, position = varint(data, position)
        if key & 7 == 0:
            value, position = varint(data, position)
        elif key & 7 == 1:
            value = struct.unpack_from("<d", data, position)[0]
            position += 8
        else:
            length, position = varint(data, position)
            value = data[position : position + length]
            position += length
        yield key >> 3, value


def record_of(payload):
    """(hash, epochs, results) of a payload of NAS-Bench-101's file."""
    cell_hash, epochs, _, _, message = json.loads(payload)
    numbers = dict(enumerate(METRICS, start=2))
    evaluations = [
        dict(fields(value)) for number, value in fields(base64.b64decode(message)) if number == 1
    ]
    results = {
        f"{stage}_{name}": as_float32(evaluations[place].get(number, 0.0))
        for stage, place in (("halfway", 1), ("final", 2))
        for number, name in numbers.items()
    }
    return cell_hash, epochs, results
