"""Forward and gradients of our networks against PyTorch's: the module that `ecnas space export`
writes, given the same weights and images. `twin_test.py DUMP_NETWORK`; 77 without PyTorch."""

import pathlib
import runpy
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("needs PyTorch (Debian: python3-torch)")
    sys.exit(77)

# One of each shape: nothing between, a chain, parts of unequal width, the input added to the
# output, a vertex cut to fewer channels, pooling alone, and the most vertices and edges.
CELLS = {
    "0100:": 10,
    "0100001000010000:conv3x3,conv1x1": 8,
    "0111000001000010000100000:conv3x3,conv1x1,maxpool3x3": 10,
    "0101001000010000:maxpool3x3,conv1x1": 8,
    "0110000110000010000100000:conv1x1,conv3x3,conv3x3": 9,
    "010001000:maxpool3x3": 6,
    "0100100001001000010010000100000001000000010000000:"
    "maxpool3x3,conv3x3,conv1x1,conv3x3,conv3x3": 16,
}
TOLERANCE = 1e-5  # of values of size 1: ours in 32 bits against PyTorch's in 64


def read(directory, name):
    data = (directory / name).read_bytes()
    return torch.frombuffer(bytearray(data), dtype=torch.float32).double()


def furthest(ours, theirs):
    """Largest difference, relative to the tensor's size where that is above 1."""
    return ((ours - theirs).abs().max() / max(1.0, theirs.abs().max().item())).item()


def compare(program, cell, width):
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        subprocess.run([program, cell, str(width), name], check=True)
        network = runpy.run_path(str(directory / "network.py"), run_name="twin")["Network"]().double()
        ours = read(directory, "parameters")
        with torch.no_grad():
            for parameter in network.parameters():
                count = parameter.numel()
                parameter.copy_(ours[:count].reshape(parameter.shape))
                ours = ours[count:]
        assert ours.numel() == 0, "parameters are left over"
        images = read(directory, "images").reshape(-1, 3, 8, 8)
        logits = network(images)
        torch.nn.functional.cross_entropy(logits, torch.arange(len(images)) % 10).backward()
        gradients = torch.cat([p.grad.flatten() for p in network.parameters()])
        buffers = torch.cat([b.flatten() for b in network.buffers() if b.is_floating_point()])
        network.eval()
        with torch.no_grad():
            evaluated = network(images)
        differences = {
            "logits": furthest(read(directory, "logits"), logits.detach().flatten()),
            "gradients": furthest(read(directory, "gradients"), gradients),
            "running statistics": furthest(read(directory, "buffers"), buffers),
            "evaluation": furthest(read(directory, "evaluated"), evaluated.flatten()),
        }
    print(cell, {name: f"{value:.1e}" for name, value in differences.items()})
    return [f"{cell}: {name} differ by {value}" for name, value in differences.items()
            if not value < TOLERANCE]


def main():
    torch.manual_seed(0)
    faults = [fault for cell, width in CELLS.items() for fault in compare(sys.argv[1], cell, width)]
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


main()
