"""Seeds for the fuzz targets, from real files where they are, else from small made-up ones:
`python3 make_corpus.py DATA_DIRECTORY CORPUS_DIRECTORY [PROGRAM]` writes a folder a target."""

import itertools
import json
import lzma
import pathlib
import struct
import subprocess
import sys
import tarfile

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
    write(corpus / "fuzz_results", results_files(data))
    write(corpus / "fuzz_table", tables(data, program, corpus))


if __name__ == "__main__":
    main()
