"""PyTorch modules of cells: as many parameters and FLOPs as counted, and trainable."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import ecnas

pytest.importorskip("torch")

import torch  # noqa: E402

from ecnas import torch as adapter  # noqa: E402

NARROW = ecnas.Skeleton(stem_width=8, stacks=2, cells_per_stack=2, classes=5, image_size=8)
EXAMPLE = "0110001000010000:conv3x3,maxpool3x3"


def parameters_of(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_every_cell_of_four_vertices_has_the_counted_parameters(space_4v):
    for cell in space_4v.cells:
        assert parameters_of(adapter.build(cell, NARROW)) == cell.parameters(NARROW)


def test_sampled_cells_of_seven_vertices_have_the_counted_parameters():
    skeleton = ecnas.Skeleton(stem_width=13, stacks=3, cells_per_stack=2, image_channels=1)
    for cell in ecnas.Space().sample(40, seed=1):
        assert parameters_of(adapter.build(cell, skeleton)) == cell.parameters(skeleton)


def test_published_widths():
    # The number is a published fact, see docs/numbers.md.
    assert parameters_of(adapter.build(ecnas.Cell.parse("0100:"))) == 882_570
    cell = ecnas.Cell.parse(EXAMPLE)
    assert parameters_of(adapter.build(cell)) == cell.parameters()


def multiply_adds(network, images):
    total = 0

    def count(module, _, output):
        nonlocal total
        positions = output[0, 0].numel() if output.dim() == 4 else 1
        total += module.weight.numel() * positions

    for module in network.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(count)
    network(images)
    return total


def test_layers_work_on_images_of_the_counted_sizes():
    skeleton = ecnas.Skeleton(stem_width=8, stacks=3, cells_per_stack=1, image_size=13)
    for cell in ecnas.Space().sample(10, seed=2):
        network = adapter.build(cell, skeleton).eval()
        images = torch.zeros(1, skeleton.image_channels, 13, 13)
        assert multiply_adds(network, images) == cell.flops(skeleton)


def test_channels_are_split_as_published():
    # Three vertices feed the output: 10 = 4 + 3 + 3.
    split = [[0, 1, 1, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]]
    assert adapter.vertex_channels(split, 7, 10) == [7, 4, 3, 3, 10]
    # Vertex 1 feeds 2 and 3, which have 5 and 4 of 9.
    chain = [[0, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]]
    assert adapter.vertex_channels(chain, 7, 9) == [7, 5, 5, 4, 9]
    assert adapter.vertex_channels([[0, 1], [0, 0]], 7, 9) == [7, 9]


def test_every_labelling_gives_the_same_network():
    labels = ["input", "conv1x1", "maxpool3x3", "conv3x3", "output"]
    matrix = np.zeros((5, 5), dtype=int)
    for source, target in [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]:
        matrix[source, target] = 1
    order = [0, 3, 1, 2, 4]
    first = adapter.build(ecnas.Cell(matrix, labels), NARROW)
    second = adapter.build(
        ecnas.Cell(matrix[np.ix_(order, order)], [labels[vertex] for vertex in order]), NARROW
    )
    shapes = [
        {name: tuple(value.shape) for name, value in network.state_dict().items()}
        for network in (first, second)
    ]
    assert shapes[0] == shapes[1]


def test_it_agrees_with_the_module_that_ecnas_exports():
    cell = ecnas.Cell.parse(EXAMPLE)
    exported: dict = {"__name__": "exported"}
    exec(cell.to_pytorch(), exported)
    torch.manual_seed(1)
    theirs = exported["Network"]().eval()
    ours = adapter.build(cell).eval()
    with torch.no_grad():
        for mine, other in zip(ours.state_dict().values(), theirs.state_dict().values()):
            mine.copy_(other)
        images = torch.randn(1, 3, 32, 32)
        torch.testing.assert_close(ours(images), theirs(images))


def test_it_learns():
    torch.manual_seed(1)
    network = adapter.build(ecnas.Cell.parse(EXAMPLE), NARROW, batch_norm_momentum=0.9)
    images = torch.randn(40, 3, 8, 8)
    labels = torch.arange(40) % NARROW.classes
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        loss.backward()
        assert all(parameter.grad is not None for parameter in network.parameters())
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_batch_norm_is_set_in_the_convention_of_ecnas():
    usual = adapter.build(ecnas.Cell.parse("0100:"), NARROW)
    chosen = adapter.build(
        ecnas.Cell.parse("0100:"), NARROW, batch_norm_momentum=0.9, batch_norm_epsilon=1e-3
    )
    for network, momentum, epsilon in [(usual, 0.003, 1e-5), (chosen, 0.1, 1e-3)]:
        norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
        assert {round(norm.momentum, 9) for norm in norms} == {momentum}
        assert {norm.eps for norm in norms} == {epsilon}


def test_weights_have_the_published_variance():
    torch.manual_seed(1)
    network = adapter.build(ecnas.Cell.parse(EXAMPLE))
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d) and module.weight.numel() > 50_000:
            inputs = module.weight[0].numel()
            assert module.weight.var().item() == pytest.approx(1 / inputs, rel=0.05)


def test_a_network_can_be_copied():
    network = adapter.build(ecnas.Cell.parse(EXAMPLE), NARROW).eval()
    images = torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(copy.deepcopy(network)(images), network(images))
