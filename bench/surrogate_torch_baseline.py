#!/usr/bin/python3
"""PyTorch's times of the networks in surrogate_bench.cpp: its baseline, run by Debian's Python, for
which the package python3-torch is (with libopenblas0-pthread, without which PyTorch takes a reference
BLAS; ./setup.sh --peers has both). Prints one JSON object a line; without PyTorch it says so on standard error and times nothing.

The networks are written as one would in PyTorch: dense batches of cells padded to seven vertices.
Inputs are made beforehand and not timed, and of a few batch sizes the best counts. Parameters and
inputs are random numbers: the time does not depend on them. One thread: processor time; two: wall
time."""

import json
import sys
import time

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ModuleNotFoundError as missing:
    print(f"surrogate_torch_baseline.py: {missing}; no times of PyTorch", file=sys.stderr)
    sys.exit()

CELLS = 423_624
SOME = 20_000
FITTED = 3_017
REPEATS = 3

VERTICES = 7
LABELS = 5
VERTEX_INPUTS = 32
CELL_INPUTS = 16


def report(name, seconds):
    print(json.dumps({"name": f"{name}/pytorch", "seconds": seconds}))


def seconds_of(function, clock):
    """Seconds of the quickest call."""
    times = []
    for _ in range(REPEATS):
        start = clock()
        function()
        times.append(clock() - start)
    return min(times)


def predict_in_batches(model, inputs, batch):
    with torch.no_grad():
        for first in range(0, len(inputs[0]), batch):
            model(*(part[first : first + batch] for part in inputs))


def best_of_batches(model, inputs, clock, batches):
    model.eval()
    return min(
        seconds_of(lambda: predict_in_batches(model, inputs, batch), clock)  # noqa: B023
        for batch in batches
    )


# --- Perceptron -----------------------------------------------------------------------------------


def perceptron():
    widths = [36, 128, 64, 32, 32, 1]
    layers = []
    for rows, columns in zip(widths, widths[1:]):
        layers += [nn.Linear(rows, columns), nn.GELU()]
    return nn.Sequential(*layers[:-1])


def fit_perceptron(rows, values):
    model = perceptron()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(100):
        order = torch.randperm(len(rows))
        for first in range(0, len(rows), 32):
            chosen = order[first : first + 32]
            optimiser.zero_grad()
            functional.mse_loss(model(rows[chosen]), values[chosen]).backward()
            optimiser.step()


# --- Graph network (docs/algorithms/graph-network.md) ---------------------------------------------


class GraphNetwork(nn.Module):
    def __init__(self, width=64, layers=5, head=256, outputs=4):
        super().__init__()
        self.width = width
        self.embedding = nn.Linear(VERTEX_INPUTS, width, bias=False)
        self.message = nn.ModuleList(nn.Linear(3 * width, width, bias=False) for _ in range(layers))
        self.bias = nn.ModuleList(nn.Embedding(LABELS + 1, width) for _ in range(layers))
        self.gate = nn.ModuleList(nn.Embedding(LABELS + 1, width) for _ in range(layers))
        self.update = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(layers))
        self.head = nn.Linear(LABELS * width + CELL_INPUTS, head)
        self.output = nn.Linear(head, outputs)

    def forward(self, vertices, cells, adjacency, labels, membership):
        """vertices (n, 7, 32), cells (n, 16), adjacency (n, 7, 7), labels (n, 7) with 5 for none,
        membership (n, 5, 7): 1 where a vertex has a label."""
        normal = (self.width,)
        along = adjacency.transpose(1, 2)
        state = self.embedding(vertices)
        for message, bias, gate, update in zip(self.message, self.bias, self.gate, self.update):
            own = functional.layer_norm(state, normal)
            heard = torch.cat((own, along @ own, adjacency @ own), dim=2)
            made = (message(heard) + bias(labels)) * gate(labels)
            state = state + update(functional.relu(made))
        pooled = membership @ functional.layer_norm(state, normal)
        hidden = self.head(torch.cat((pooled.flatten(1), cells), dim=1))
        return self.output(functional.relu(hidden))


def random_graphs(count):
    """As dense as cells of seven vertices and nine edges."""
    adjacency = (torch.rand(count, VERTICES, VERTICES) < 9 / 21).float().triu(1)
    labels = torch.randint(0, LABELS, (count, VERTICES))
    membership = functional.one_hot(labels, LABELS).float().transpose(1, 2).contiguous()
    return (
        torch.randn(count, VERTICES, VERTEX_INPUTS),
        torch.randn(count, CELL_INPUTS),
        adjacency,
        labels,
        membership,
    )


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    clock = time.process_time
    rows = torch.randn(CELLS, 36)
    seconds = best_of_batches(perceptron(), (rows,), clock, (256, 2048, 16_384))
    report("perceptron on the inputs of all cells, 1 thread", seconds)
    start = clock()
    fit_perceptron(rows[:FITTED], torch.randn(FITTED, 1))
    report("fit perceptron, 3017 cells, 100 epochs, 1 thread", clock() - start)

    graphs = random_graphs(SOME)
    network = GraphNetwork()
    for threads, clock in ((1, time.process_time), (2, time.perf_counter)):
        torch.set_num_threads(threads)
        seconds = best_of_batches(network, graphs, clock, (64, 512, 4096))
        plural = "s" if threads > 1 else ""
        report(f"graph network of {SOME} cells, {threads} thread{plural}", seconds)
    # In proportion: the batches are the same.
    report("graph network of all cells, 2 threads", seconds * CELLS / SOME)


if __name__ == "__main__":
    main()
