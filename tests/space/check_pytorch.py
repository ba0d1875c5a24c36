"""Networks that the program exports for PyTorch have the parameters that it counts, and run.

Usage: check_pytorch.py PROGRAM, by a Python that has PyTorch."""

import json
import subprocess
import sys

try:
    import torch
except ModuleNotFoundError as missing:
    print(f"skipped: {missing}; ./setup.sh --peers installs it")
    sys.exit(77)

# Two vertices; a chain; an edge input → output; a sum.
CELLS = ["0100:", "010001000:conv3x3", "011001000:maxpool3x3", "0111001100010000:conv1x1,conv3x3"]
STEP = 60_013  # through all cells of the space, of which many cut channels off


def run(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def main():
    program = sys.argv[1]
    listed = run(program, "space", "list", "--max-vertices", "7").splitlines()[1:]
    cells = CELLS + [line.split(",")[0] for line in listed[::STEP]]
    for cell in cells:
        counted = json.loads(run(program, "space", "show", cell, "--json"))["trainable_parameters"]
        module = {"__name__": "exported"}
        exec(run(program, "space", "export", cell, "--format", "pytorch"), module)
        torch.manual_seed(1)
        network = module["Network"]().eval()
        found = sum(parameter.numel() for parameter in network.parameters())
        if found != counted:
            sys.exit(f"{cell}: {counted} parameters counted, the network has {found}")
        with torch.no_grad():
            output = network(torch.randn(2, 3, 32, 32))
        if output.shape != (2, 10) or not torch.isfinite(output).all():
            sys.exit(f"{cell}: the network's output has shape {tuple(output.shape)}")
    print(f"{len(cells)} networks")


if __name__ == "__main__":
    main()
