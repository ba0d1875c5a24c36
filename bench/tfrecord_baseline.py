"""Baseline of tfrecord_bench: reading records in the steps of the published class, by the Python
packages crc32c and protobuf, on the records of `ecnas-5v`; the time of all cells is that of a record
times 1,694,496. Prints one JSON object a line for bench/run."""

import base64
import json
import pathlib
import struct
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "bin" / "ecnas"
ALL_RECORDS = 1_694_496
MASK_DELTA = 0xA282EAD8


def message_class():
    """EC-NAS's message, as far as its class reads it."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="metrics.proto", package="baseline")
    evaluation = file.message_type.add(name="Evaluation")
    for number in range(1, 9):
        evaluation.field.add(name=f"value{number}", number=number, type=1, label=1)
    training = file.message_type.add(name="Training")
    training.field.add(name="evaluations", number=1, type=11, label=3, type_name=".baseline.Evaluation")
    training.field.add(name="parameters", number=2, type=5, label=1)
    for number in (3, 4, 5):
        training.field.add(name=f"total{number}", number=number, type=1, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("baseline.Training"))


def masked(crc):
    return ((crc >> 15 | crc << 17) + MASK_DELTA) & 0xFFFFFFFF


def read(content, training, crc32c):
    """Everything of all records, in dictionaries; how many records there were."""
    trainings = {}
    at = count = 0
    while at < len(content):
        length, length_crc = struct.unpack_from("<QI", content, at)
        payload = content[at + 12 : at + 12 + length]
        (crc,) = struct.unpack_from("<I", content, at + 12 + length)
        assert length_crc == masked(crc32c(content[at : at + 8])) and crc == masked(crc32c(payload))
        cell, epochs, adjacency, operations, message = json.loads(payload.decode())
        metrics = training.FromString(base64.b64decode(message))
        half, end = metrics.evaluations[1], metrics.evaluations[2]
        values = {
            "parameters": metrics.parameters,
            "adjacency": [int(digit) for digit in adjacency],
            "operations": operations.split(","),
        }
        for name, evaluation in (("halfway", half), ("final", end)):
            for number in range(2, 8):
                values[f"{name}{number}"] = getattr(evaluation, f"value{number}")
        trainings.setdefault(cell, {}).setdefault(epochs, []).append(values)
        at += 16 + length
        count += 1
    return count


def main():
    try:
        from crc32c import crc32c

        training = message_class()
    except ImportError:
        return
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "5v.tfrecord"
        subprocess.run(
            [PROGRAM, "export", "ecnas-5v", "--format", "ecnas-tfrecord", "-o", path],
            check=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        content = path.read_bytes()
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        count = read(content, training, crc32c)
        times.append((time.perf_counter() - begin) / count)
    seconds = sorted(times)[len(times) // 2] * ALL_RECORDS
    print(json.dumps({"name": "tfrecord import of all cells, 1 thread/python", "seconds": seconds}))


if __name__ == "__main__":
    main()
