"""Seeds for the fuzz targets, from real files where they are, else from small made-up ones:
`python3 make_corpus.py DATA_DIRECTORY CORPUS_DIRECTORY [PROGRAM]` writes a folder a target."""

import base64
import gzip
import itertools
import json
import lzma
import pathlib
import struct
import subprocess
import sys
import tarfile
import zlib

CELLS_OF_OUR_OWN = [
    "0100:",
    "010001000:conv3x3",
    "0110001000010000:conv3x3,maxpool3x3",
    "0110001000010000:input;conv1x1-bn-relu;maxpool3x3;output",
    "0111111001000001:",
    "043721b9c7fe8c5fad811d47d83132ec",
]
CSV_OF_OUR_OWN = (
    "hash,adjacency,ops,epochs,validation_accuracy,training_time_s,energy_kwh\n"
    "043721b9c7fe8c5fad811d47d83132ec,0100,input;output,4,0.5,10.5,0.25\n"
    "043721b9c7fe8c5fad811d47d83132ec,0100,input;output,108,0.625,283.5,nan\n"
)
LINES_OF_A_CSV = 12
RESULTS_FILES = 12

# Of models: groups of vertices, numbers by which cells are in range or not, features of trees.
VERTEX_GROUPS = 4
RANGE_NUMBERS = 5
TREE_FEATURES = 159

# What Python's own library cannot write: noise as JPEG, grey, and in colours and progressive.
GREY_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H/"
    "///6/+b9//j/wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAf/EAB4QAAIBAwUAAAAAAAAAAAAAAAECEgADESEiQXGR/9oACAEB"
    "AAA/ABWtuF3NKJ1UmR78xk8V/9k="
)
PROGRESSIVE_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H/"
    "///6/+b9//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj/wgAR"
    "CAAJAAUDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAEC/8QAFQEBAQAAAAAAAAAAAAAAAAAAAAL/2gAMAwEAAhADEAAAAcoV/8QA"
    "FhABAQEAAAAAAAAAAAAAAAAAABEB/9oACAEBAAEFApWv/8QAFREBAQAAAAAAAAAAAAAAAAAAABH/2gAIAQMBAT8Bj//EABURAQEAAAAAAAAA"
    "AAAAAAAAAAAR/9oACAECAQE/Aa//xAAUEAEAAAAAAAAAAAAAAAAAAAAQ/9oACAEBAAY/Aj//xAAXEAADAQAAAAAAAAAAAAAAAAABEBEh/9oA"
    "CAEBAAE/ITS6V//aAAwDAQACAAMAAAAQ8//EABYRAQEBAAAAAAAAAAAAAAAAAAEAEf/aAAgBAwEBPxAKbf/EABYRAQEBAAAAAAAAAAAAAAAA"
    "AAEAEf/aAAgBAgEBPxBQ5f/EABwQAAEDBQAAAAAAAAAAAAAAAAEAEUEhMVGR8P/aAAgBAQABPxAJqiWzoq8dAX//2Q=="
)


def cells(data):
    yield from CELLS_OF_OUR_OWN
    path = data / "generated_graphs_4V9E.json"
    if path.is_file():
        names = ["conv3x3", "conv1x1", "maxpool3x3"]
        for matrix, labels in json.loads(path.read_text()).values():
            digits = "".join(str(entry) for row in matrix for entry in row)
            yield digits + ":" + ",".join(names[label] for label in labels[1:-1])


def csv_files(data):
    yield CSV_OF_OUR_OWN
    for path in sorted(data.glob("ec-nas-*.csv")):
        with open(path, encoding="utf-8") as file:
            yield "".join(itertools.islice(file, LINES_OF_A_CSV))


def results_files(data):
    yield json.dumps({"training_time": [1.0, 2.0], "test_accuracy": [0.5, 0.75]})
    path = data / "ec-nas-4v-results.tar.xz"
    if path.is_file():
        with lzma.open(path) as raw, tarfile.open(fileobj=raw, mode="r|") as archive:
            members = (member for member in archive if member.name.endswith("results.json"))
            for member in itertools.islice(members, RESULTS_FILES):
                yield archive.extractfile(member).read()


def tables(data, program, scratch):
    header = json.dumps({"hash": {"dtype": "U8", "shape": [1, 16], "data_offsets": [0, 16]}})
    yield struct.pack("<Q", len(header)) + header.encode() + bytes(16)
    if program is None:
        return
    sources = [scratch / "own.csv", *(data / "ec-nas-4v-table.csv", data / "ec-nas-4v-results.tar.xz")]
    sources[0].write_text(CSV_OF_OUR_OWN.replace("nan", "6.75"))
    for source in sources:
        if source.is_file():
            target = scratch / "table"
            subprocess.run(
                [program, "import", source, "-o", target], check=True, stdout=subprocess.DEVNULL
            )
            yield target.read_bytes()


def safetensors(tensors, metadata):
    """Tensors by name: (dtype, shape, values), those of wide elements first."""
    codes = {"F32": "f", "U32": "I", "U16": "H"}
    header, data = {"__metadata__": metadata}, b""
    for name, (dtype, shape, values) in sorted(tensors.items(), key=lambda item: item[1][0] == "U16"):
        content = struct.pack(f"<{len(values)}{codes[dtype]}", *values)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header)
    text += " " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text.encode() + data


def floats(*shape):
    count = 1
    for extent in shape:
        count *= extent
    return ("F32", list(shape), [0.5 + i % 7 for i in range(count)])


def ridge(prefix):
    return {
        prefix + "features": ("U32", [2], [0, 5]),
        prefix + "mean": floats(2),
        prefix + "inverse_deviation": floats(2),
        prefix + "coefficients": floats(1, 3),
    }


def trees(prefix):
    return ridge(prefix + "base.") | {
        prefix + "outputs": ("U32", [1], [1]),
        prefix + "0.base": floats(1),
        prefix + "0.thresholds": ("F32", [2], [1.5, 2.5]),
        prefix + "0.threshold_offsets": ("U32", [TREE_FEATURES + 1], [0] + [2] * TREE_FEATURES),
        prefix + "0.split_features": ("U16", [2, 3], [0] * 6),
        prefix + "0.split_codes": ("U16", [2, 3], [0, 1, 0, 1, 0, 32767]),
        prefix + "0.leaves": floats(2, 4),
    }


def graph(prefix):
    width, head_width = 16, 16
    shapes = {"embedding": (32, width), "head": (5 * width + 16, head_width), "head_bias": (1, head_width)}
    shapes |= {"output": (head_width, 16), "output_bias": (1, 16)}
    shapes |= {"layer0.message": (3 * width, width), "layer0.update": (width, width)}
    shapes |= {"layer0.bias": (5, width), "layer0.gate": (5, width)}
    tensors = {prefix + "0." + name: floats(*shape) for name, shape in shapes.items()}
    return tensors | {prefix + "shape": ("U32", [5], [1, width, 1, head_width, 1])}


def model(family, tensors_of):
    """An energy surrogate of one made-up member."""
    info = {"name": "made-up", "description": "", "devices": ["none"], "kind": "mean", "epochs": [4, 12]}
    info |= {"cells": 20, "pue": 1.0, "scaled_from": 4, "outputs": 1}
    info |= {"members": [{"family": family, "weight": 1.0}]}
    noise = {"energy_kwh": {"kind": "relative", "standard_deviation": {"4": 0.5}}}
    tensors = {
        "energy_kwh.output0.curve_x": ("F32", [2], [0, 1]),
        "energy_kwh.output0.curve_y": ("F32", [2], [-5, -4]),
        "energy_kwh.output0.lower_width": floats(VERTEX_GROUPS),
        "energy_kwh.output0.upper_width": floats(VERTEX_GROUPS),
        "energy_kwh.range.lowest": floats(RANGE_NUMBERS),
        "energy_kwh.range.highest": floats(RANGE_NUMBERS),
    }
    metadata = {"format": "ecnas-surrogate", "format_version": "1", "noise": json.dumps(noise)}
    metadata["surrogates"] = json.dumps({"energy_kwh": info})
    return safetensors(tensors | tensors_of("energy_kwh.member0."), metadata)


def models(data, program, scratch):
    yield model("ridge", ridge)
    yield model("trees", trees)
    yield model("graph", graph)
    reference = data / "ec-nas-reference-mlp.safetensors"
    if reference.is_file():
        yield reference.read_bytes()
    source = data / "ec-nas-4v-table.csv"
    if program is None or not source.is_file():
        return
    for family in ("gaussian_process", "mlp"):
        command = [program, "surrogate", "fit", "--target", "energy_kwh", "--data", source, "--epochs", "4"]
        command += ["--data-pue", "1.59", "--family", family, "--network-epochs", "1"]
        subprocess.run(command + ["-o", scratch / "model"], check=True, capture_output=True)
        yield (scratch / "model").read_bytes()


def field(number, value):
    """A protobuf field: a real number, an integer, or bytes."""
    if isinstance(value, float):
        return bytes([number << 3 | 1]) + struct.pack("<d", value)
    if isinstance(value, int):
        return bytes([number << 3, value & 0x7F])
    return bytes([number << 3 | 2, len(value)]) + value


def messages():
    """A training as NAS-Bench-101's message says it, and as EC-NAS's does."""
    evaluation = b"".join(field(number, 0.5 + number) for number in (1, 2)) + b"".join(
        field(number, 0.25) for number in (3, 4, 5)
    )
    yield field(1, evaluation) * 3 + field(2, 42) + field(3, 10.5)
    watts, device = field(1, 150.5), field(1, b"GPU A")
    meters = field(1, watts) + field(2, watts) + field(3, device)
    energy = evaluation + field(6, 0.125) + field(7, 1.5) + field(9, b"2022-05-28 13:57:33")
    yield field(1, energy) * 3 + field(2, 42) + field(4, 0.5) + field(8, 88.0) + field(
        9, field(1, meters) + field(2, meters)
    )


def record_rows():
    for message in messages():
        yield json.dumps(
            ["204a94be5a6c4ac9a4ffb2b1bd3ef0ec", 4, "010001000", "input,conv3x3-bn-relu,output",
             base64.encodebytes(message).decode()]
        )  # fmt: skip


def records(program):
    """Files, behind a byte that says whether their checksums are to be made right."""
    rows = [row.encode() for row in record_rows()]
    yield b"\1" + b"".join(struct.pack("<QI", len(row), 0) + row + bytes(4) for row in rows)
    if program is None:
        return
    for kind in ("ecnas-tfrecord", "nasbench101-tfrecord"):
        command = [program, "export", "ecnas-4v", "--max-vertices", "3", "--epochs", "4,12", "--format", kind]
        file = subprocess.run(command, capture_output=True, check=False).stdout
        for begin in (b"\0", b"\1", b"\5"):
            yield begin + file


def energy_logs():
    """Logs of carbontracker and CodeCarbon, made up."""
    begin = "2024-03-01 12:00:00 - "
    epoch = f"{begin}Epoch 1:\n{begin}Duration: 0:00:02.00\n" + "".join(
        f"{begin}Average power usage (W) for {power}\n" for power in ("gpu: 15.0", "cpu: [25.  5.]", "ane: None")
    )
    yield (
        f"{begin}carbontracker version 2.4.7\n"
        f"{begin}Only predicted and actual consumptions are multiplied by a PUE coefficient of 1.58 (somebody).\n"
        f"{begin}The following components were found: GPU with device(s) A. CPU with device(s) B, C 2.0.\n"
        f"{epoch}{epoch}{begin}Average carbon intensity during training was 400.00 gCO2eq/kWh. \n"
    )
    amounts = "\tTime:\t0:00:05\n\tEnergy:\t0.000079 kWh\n\tCO2eq:\t0.0316 g\n"
    yield (
        f"{begin}CarbonTracker: \nPredicted consumption for 9 epoch(s):\n{amounts}"
        f"{begin}CarbonTracker: \nActual consumption for 2 epoch(s):\n{amounts}"
    )
    columns = {
        "timestamp": "2024-03-01T12:00:05", "duration": 4.5, "emissions": 0.002, "cpu_energy": 0.005,
        "gpu_energy": 0.01, "ram_energy": 0.005, "energy_consumed": 0.02, "country_iso_code": "DNK",
        "cpu_count": 8, "gpu_model": "1 x A", "tracking_mode": "process", "pue": 1.25,
    }  # fmt: skip
    yield ",".join(columns) + "\n" + ",".join(map(str, columns.values())) + "\n"


def track_documents():
    """A document of `ecnas track`, made up."""
    component = {"name": "cpu", "domain": "cpu", "energy_kwh": 1e-6, "energy_kwh_interval": [5e-7, 2e-6],
                 "average_power_w": 3.6, "idle_energy_kwh": 1e-7, "quality": "modelled", "coverage": 1.0,
                 "source": "a model", "device": "a CPU", "attribution": "process tree"}  # fmt: skip
    span = {"name": "epoch", "depth": 0, "begin_s": 0.1, "duration_s": 0.5, "energy_kwh": 5e-7, "coverage": 1.0,
            "complete": True, "components": [{"energy_kwh": 5e-7, "coverage": 1.0}]}  # fmt: skip
    yield json.dumps({
        "energy_kwh": 1.5e-6, "co2eq_g": 3e-4, "duration_s": 1.0, "coverage": 1.0, "components": [component],
        "spans": [span], "pue": 1.5, "carbon_intensity_g_per_kwh": 200.0,
        "carbon_intensity": {"zone": "DK", "time": "2024", "source": "a table"},
        "started": "2026-01-01T00:00:00Z", "command": ["true"], "exit_status": 0, "notes": ["none"],
        "sampling": {"interval_s": 0.1, "jitter_s": 0.0, "overhead_cpu_s": 0.0},
        "machine": {"cpu": "a CPU", "logical_cpus": 1, "memory_gib": 1.0, "gpus": [], "kernel": "Linux"},
        "version": "0.1.0",
    })  # fmt: skip


def png(width, height, color_type, depth, rows):
    def chunk(name, content):
        checksum = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)

    header = struct.pack(">2I5B", width, height, depth, color_type, 0, 0, 0)
    palette = chunk(b"PLTE", bytes(range(12))) if color_type == 3 else b""
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette
        + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))) + chunk(b"IEND", b"")
    )  # fmt: skip


def images():
    """Image files of every kind, made up."""
    labels = struct.pack(">2I", 0x0801, 3) + bytes([1, 2, 3])
    pictures = struct.pack(">4I", 0x0803, 3, 2, 2) + bytes(range(12))
    yield from (labels, pictures, gzip.compress(labels, mtime=0), gzip.compress(pictures, mtime=0))
    yield bytes([7]) + bytes(range(64))  # the beginning of a record of CIFAR
    yield b"P5 3 2 255\n" + bytes(6)
    yield b"P6\n# made up\n2 1\n15\n" + bytes(range(6))
    yield png(2, 2, 0, 8, [b"\1\2", b"\3\4"])
    yield png(2, 1, 2, 8, [bytes(range(6))])
    yield png(2, 1, 6, 16, [bytes(range(16))])
    yield png(4, 1, 3, 2, [bytes([0b00011011])])
    yield GREY_JPEG
    yield PROGRESSIVE_JPEG
    yield "airplane\nautomobile\n"


def write(folder, seeds):
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for count, seed in enumerate(seeds, start=1):
        content = seed.encode() if isinstance(seed, str) else seed
        (folder / f"seed-{count:03}").write_bytes(content)
    print(f"{folder.name}: {count} seeds")


def main():
    data, corpus = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    program = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    if not data.is_dir():
        print(f"{data} is not there: made-up seeds only")
    write(corpus / "fuzz_cell", cells(data))
    write(corpus / "fuzz_csv", csv_files(data))
    write(corpus / "fuzz_energy_log", energy_logs())
    write(corpus / "fuzz_images", images())
    write(corpus / "fuzz_model", models(data, program, corpus))
    write(corpus / "fuzz_record_message", itertools.chain(messages(), map(base64.encodebytes, messages())))
    write(corpus / "fuzz_record_row", record_rows())
    write(corpus / "fuzz_records", records(program))
    write(corpus / "fuzz_results", results_files(data))
    write(corpus / "fuzz_table", tables(data, program, corpus))
    write(corpus / "fuzz_track_document", track_documents())


if __name__ == "__main__":
    main()
