"""A table written by the program is what the Python package `safetensors` reads: names, types,
shapes, order, and the values of the source it was imported from."""

import argparse
import csv
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    from safetensors.numpy import load_file
except ModuleNotFoundError as missing:
    print(f"skipped: {missing}; setup.sh makes .venv with what this test needs")
    sys.exit(77)

CELLS = 2
BUDGETS = [4, 108]
# Two cells: input → output; input → 3×3 convolution → output. The values are made up.
SMALL_CSV = """\
hash,adjacency,ops,epochs,validation_accuracy,training_time_s,energy_kwh
043721b9c7fe8c5fad811d47d83132ec,0100,input;output,4,0.5,10.5,0.25
043721b9c7fe8c5fad811d47d83132ec,0100,input;output,108,0.625,283.5,6.75
b49ac8c578b4561d79ac7087988f1c61,010001000,input;conv3x3-bn-relu;output,4,0.75,20.5,0.5
b49ac8c578b4561d79ac7087988f1c61,010001000,input;conv3x3-bn-relu;output,108,0.875,553.5,13.5
"""


def import_table(program, source, target):
    command = [program, "import", source, "-o", target]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: status {result.returncode}: {result.stderr}")
    return load_file(target)


def expect(condition, claim):
    if not condition:
        sys.exit(f"not so: {claim}")


def expect_layout(tensors, cells, budgets):
    repeats = tensors["energy_kwh"].shape[-1]
    layout = {
        "hash": (numpy.uint8, (cells, 16)),
        "vertices": (numpy.uint8, (cells,)),
        "adjacency": (numpy.uint32, (cells,)),
        "operations": (numpy.uint8, (cells, 5)),
        "trainable_parameters": (numpy.int64, (cells,)),
        "epochs": (numpy.int32, (len(budgets),)),
        "energy_kwh": (numpy.float32, (cells, len(budgets), repeats)),
        "validation_accuracy": (numpy.float32, (cells, len(budgets), repeats)),
        "training_time_s": (numpy.float32, (cells, len(budgets), repeats)),
    }
    for name, (dtype, shape) in layout.items():
        expect(name in tensors, f"there is a tensor '{name}'")
        found = tensors[name]
        expect(found.dtype == dtype, f"{name} is {numpy.dtype(dtype)}, found {found.dtype}")
        expect(found.shape == shape, f"{name} has shape {shape}, found {found.shape}")
    expect(tensors["epochs"].tolist() == budgets, f"the budgets are {budgets}")
    hashes = [row.tobytes() for row in tensors["hash"]]
    expect(hashes == sorted(set(hashes)), "hashes are sorted and distinct")


def check_small(program, work):
    (work / "small.csv").write_text(SMALL_CSV)
    tensors = import_table(program, work / "small.csv", work / "small.ecnas")
    expect_layout(tensors, CELLS, BUDGETS)
    row = {int(vertices): index for index, vertices in enumerate(tensors["vertices"])}
    energies = {v: tensors["energy_kwh"][row[v], :, 0].tolist() for v in (2, 3)}
    expect(energies == {2: [0.25, 6.75], 3: [0.5, 13.5]}, f"energies as given, found {energies}")
    parameters = tensors["trainable_parameters"][row[2]]
    expect(parameters == 882_570, f"input → output has 882,570 parameters, found {parameters}")


def check_published(program, work, source):
    with open(source, newline="") as file:
        rows = list(csv.DictReader(file))
    tensors = import_table(program, source, work / "published.ecnas")
    budgets = sorted({int(row["epochs"]) for row in rows})
    expect_layout(tensors, len({row["hash"] for row in rows}), budgets)
    index = {row.tobytes().hex(): number for number, row in enumerate(tensors["hash"])}
    for row in rows:
        found = tensors["energy_kwh"][index[row["hash"]], budgets.index(int(row["epochs"])), 0]
        wanted = numpy.float32(row["energy_kwh"])
        expect(found == wanted, f"energy of {row['hash']} is {wanted}, found {found}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    published = arguments.data / "ec-nas-4v-table.csv"
    with tempfile.TemporaryDirectory() as name:
        check_small(arguments.program, pathlib.Path(name))
        if published.is_file():
            check_published(arguments.program, pathlib.Path(name), published)
        else:
            print(f"published table not compared: {published} is not there")


if __name__ == "__main__":
    main()
