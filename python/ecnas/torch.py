"""NAS-Bench-101's network of a cell as a PyTorch module.

    network = ecnas.torch.build(cell, ecnas.Skeleton(stem_width=16))
    logits = network(images)  # (n, 3, 32, 32) -> (n, 10)

[Ying19]: Ying, Klein, Christiansen, Real, Murphy, Hutter: NAS-Bench-101: Towards Reproducible
Neural Architecture Search, ICML 2019.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Optional

from ecnas import Cell, MissingDependency, Skeleton

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise MissingDependency(
        "ecnas.torch: the package torch is not installed; run: pip install torch"
    ) from error

# Standard deviation of a standard normal variable cut off at two of them.
_DEVIATION_OF_TRUNCATED = 0.87962566103423978


def build(
    cell: Cell,
    skeleton: Optional[Skeleton] = None,
    *,
    batch_norm_momentum: float = 0.997,
    batch_norm_epsilon: float = 1e-5,
) -> Network:
    """The network around a cell, on its representative: every labelling gives the same one.

    skeleton: stem width, stacks, cells per stack, classes, image size and channels; by default
    NAS-Bench-101's on CIFAR-10.
    batch_norm_momentum: the share of running statistics that a step keeps, as everywhere in ecnas
    and as TensorFlow has it; PyTorch's own `momentum` is what it lacks of 1. With the published
    0.997 short trainings validate at chance; 0.9 mends that.

    The module maps images, 32-bit floats (n, image_channels, image_size, image_size), to logits
    (n, classes), and has `cell.parameters(skeleton)` trainable parameters. Weights are drawn by
    PyTorch's generator. Source: [Ying19], model_builder.
    """
    skeleton = Skeleton() if skeleton is None else skeleton
    network = Network(cell.representative, skeleton)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1 - batch_norm_momentum
            module.eps = batch_norm_epsilon
    return network


class Network(nn.Module):
    """Stem, stacks of equal cells with halved images between them, mean over pixels, dense layer.

    Channels double from stack to stack. Made by `build`; `cell` is the representative it is of.
    """

    def __init__(self, cell: Cell, skeleton: Skeleton) -> None:
        super().__init__()
        self.cell = cell
        self.stem = _convolution(skeleton.image_channels, skeleton.stem_width, 3)
        layers: list[nn.Module] = []
        width = skeleton.stem_width
        for stack in range(skeleton.stacks):
            if stack > 0:
                layers.append(nn.MaxPool2d(2, stride=2))
            for number in range(skeleton.cells_per_stack):
                inputs = width
                if stack > 0 and number == 0:
                    width *= 2
                layers.append(CellLayers(cell, inputs, width))
        self.cells = nn.Sequential(*layers)
        self.classifier = nn.Linear(width, skeleton.classes)
        self.apply(_initialise)

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.cells(self.stem(images))
        logits: Tensor = self.classifier(features.mean(dim=(2, 3)))
        return logits


class CellLayers(nn.Module):
    """One cell: an operation at each interior vertex, a 1×1 projection at each edge from the input.

    A vertex adds up what comes in, cut to its channels; the output concatenates what comes from
    vertices and adds the input's projection. Source: [Ying19], model_builder.build_module.
    """

    def __init__(self, cell: Cell, inputs: int, outputs: int) -> None:
        super().__init__()
        self._matrix = cell.matrix.tolist()  # plain numbers, which compilers read through
        self._last = cell.vertices - 1
        self.channels = vertex_channels(self._matrix, inputs, outputs)
        self.projections = nn.ModuleDict(
            {
                str(vertex): _convolution(inputs, self.channels[vertex], 1)
                for vertex in range(1, cell.vertices)
                if self._matrix[0][vertex]
            }
        )
        self.operations = nn.ModuleList(
            _operation(name, self.channels[vertex])
            for vertex, name in enumerate(cell.operations, start=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        values = [x]
        for vertex in range(1, self._last):
            parts = [
                values[source][:, : self.channels[vertex]]
                for source in range(1, vertex)
                if self._matrix[source][vertex]
            ]
            if self._matrix[0][vertex]:
                parts.append(self.projections[str(vertex)](x))
            values.append(self.operations[vertex - 1](sum(parts[1:], parts[0])))
        feeding = [values[v] for v in range(1, self._last) if self._matrix[v][self._last]]
        if self._matrix[0][self._last]:
            projected: Tensor = self.projections[str(self._last)](x)
            return torch.cat(feeding, dim=1) + projected if feeding else projected
        return torch.cat(feeding, dim=1)


def vertex_channels(matrix: Sequence[Sequence[int]], inputs: int, outputs: int) -> list[int]:
    """Output channels of each vertex of a cell with `inputs` channels in and `outputs` out.

    The output's are split over the interior vertices that feed it, the first ones get the
    remainder; every other vertex has the most of those that it feeds. Depends on the labelling.
    matrix: (V, V) of 0 and 1, of a pruned cell.
    Source: [Ying19], model_builder.compute_vertex_channels.
    """
    last = len(matrix) - 1
    channels = [inputs] + [0] * (last - 1) + [outputs]
    feeding = [vertex for vertex in range(1, last) if matrix[vertex][last]]
    for place, vertex in enumerate(feeding):
        channels[vertex] = outputs // len(feeding) + (place < outputs % len(feeding))
    for vertex in range(last - 1, 0, -1):
        if not matrix[vertex][last]:
            fed = [target for target in range(vertex + 1, last) if matrix[vertex][target]]
            channels[vertex] = max(channels[target] for target in fed)
    return channels


def _convolution(inputs: int, outputs: int, size: int) -> nn.Sequential:
    """Without bias; batch norm and ReLU behind it."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _operation(name: str, channels: int) -> nn.Module:
    if name == "maxpool3x3":
        return nn.MaxPool2d(3, stride=1, padding=1)
    return _convolution(channels, channels, 3 if name == "conv3x3-bn-relu" else 1)


def _initialise(module: nn.Module) -> None:
    """Convolutions: normal, cut off at two deviations, of variance 1/inputs; dense: Glorot's."""
    if isinstance(module, nn.Conv2d):
        inputs = module.in_channels * math.prod(module.kernel_size)
        deviation = 1 / math.sqrt(inputs) / _DEVIATION_OF_TRUNCATED
        nn.init.trunc_normal_(module.weight, std=deviation, a=-2 * deviation, b=2 * deviation)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
