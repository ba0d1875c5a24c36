#!/usr/bin/env python3
"""Training steps of ours beside PyTorch's of the same version, on the same network, batch, threads
and memory layout, the two taking turns; and what `ecnas train` adds to a bare step.

    ./setup.sh && cmake --build --preset release
    bench/train_speed.py [--rounds 5] [--steps 20] [--json train.json]
    bench/train_speed.py --device cuda --python python3 --bin BIN   # a LibTorch with CUDA

PyTorch runs the module that `ecnas space export` writes, channels last, and RMSProp with momentum,
its own; ours is the network and optimizer of `ecnas train`. A round is ours, PyTorch's, ours whole,
each in a process of its own; printed are medians of the rounds and of their ratios. Debian's Python
is used by default, of which PyTorch is a package."""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = ROOT / "build" / "release" / "bin"
# name, cell, width, image size, batch size
CASES = [
    ("4 vertices, width 16, 28 × 28", "0110001100010000:conv3x3,conv1x1", 16, 28, 64),
    ("pooling, width 16, 28 × 28", "0110000100010000:maxpool3x3,conv3x3", 16, 28, 64),
    ("input → output, width 16, 28 × 28", "0100:", 16, 28, 64),
    ("7 vertices, width 32, 32 × 32",
     "0100100001001000010010000100000001000000010000000:maxpool3x3,conv3x3,conv1x1,conv3x3,conv3x3",
     32, 32, 32),
    ("3 × 3 chain, width 128, 32 × 32", "010001000:conv3x3", 128, 32, 8),
]  # fmt: skip

# A card has little to do with small batches; the last is the published network's.
CARD_CASES = [
    ("4 vertices, width 16, 28 × 28", "0110001100010000:conv3x3,conv1x1", 16, 28, 256),
    ("pooling, width 16, 28 × 28", "0110000100010000:maxpool3x3,conv3x3", 16, 28, 256),
    ("7 vertices, width 128, 32 × 32", CASES[3][1], 128, 32, 256),
    ("3 × 3 chain, width 128, 32 × 32", "010001000:conv3x3", 128, 32, 256),
]  # fmt: skip

PYTORCH = """
import runpy, sys, time, torch
module, device = sys.argv[1:3]
size, batch, threads, steps = map(int, sys.argv[3:7])
torch.set_num_threads(threads)
wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
network = runpy.run_path(module, run_name="peer")["Network"]()
network = network.to(device, memory_format=torch.channels_last)
network.train()
images = torch.randn(batch, 1 if size == 28 else 3, size, size).to(
    device, memory_format=torch.channels_last)
labels = (torch.arange(batch) % 10).to(device)
optimizer = torch.optim.RMSprop(network.parameters(), lr=0.01, alpha=0.9, eps=1.0, momentum=0.9,
                                weight_decay=1e-4, foreach=True)
for step in range(-2, steps):
    if step == 0:
        wait()
        start = time.perf_counter()
    torch.nn.functional.cross_entropy(network(images), labels).backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
wait()
print((time.perf_counter() - start) / steps)
"""


def step_s(command):
    return float(subprocess.check_output([str(word) for word in command]))


def measure(case, options, module):
    _, cell, width, size, batch = case
    ours = [options.bin / "ecnas_train_step", cell, width, size, batch, options.device,
            options.threads, options.steps]  # fmt: skip
    theirs = [options.python, "-c", PYTORCH, module, options.device, size, batch, options.threads,
              options.steps]  # fmt: skip
    rounds = []
    for _ in range(options.rounds):
        rounds.append((step_s([*ours, "bare"]), step_s(theirs), step_s([*ours, "whole"])))
    return rounds


def export(case, directory, program):
    _, cell, width, size, _ = case
    text = subprocess.check_output([program, "space", "export", cell], text=True)
    text = text.replace("STEM_WIDTH = 128", f"STEM_WIDTH = {width}")
    text = text.replace("IMAGE_CHANNELS = 3", f"IMAGE_CHANNELS = {1 if size == 28 else 3}")
    path = pathlib.Path(directory) / "network.py"
    path.write_text(text, encoding="utf-8")
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--python", default="/usr/bin/python3", help="which has PyTorch")
    parser.add_argument("--bin", type=pathlib.Path, default=BIN)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    report = {"device": options.device, "threads": options.threads, "load": os.getloadavg(),
              "cases": []}  # fmt: skip
    print(f"{platform.processor() or platform.machine()}, {options.device}, "
          f"{options.threads} threads, load {os.getloadavg()[0]:.1f}; images/s, medians of {options.rounds} rounds")
    print(f"{'case':36} {'ecnas':>8} {'PyTorch':>8} {'ratio':>6} {'whole step':>11}")
    for case in CASES if options.device == "cpu" else CARD_CASES:
        with tempfile.TemporaryDirectory() as directory:
            rounds = measure(case, options, export(case, directory, options.bin / "ecnas"))
        ours, theirs, _ = (statistics.median(column) for column in zip(*rounds))
        ratio = statistics.median(peer / own for own, peer, _ in rounds)
        whole = statistics.median(whole / own for own, _, whole in rounds)
        batch = case[4]
        print(f"{case[0]:36} {batch / ours:8.0f} {batch / theirs:8.0f} {ratio:6.2f} "
              f"{100 * (whole - 1):+10.1f} %", flush=True)  # fmt: skip
        report["cases"].append({"case": case[0], "batch": batch, "rounds_s": rounds,
                                "ratio": ratio, "whole_over_bare": whole})  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
