"""Cells as networkx graphs: there and back, and what is refused."""

from __future__ import annotations

import itertools

import pytest

import ecnas

pytest.importorskip("networkx")

import networkx  # noqa: E402

from ecnas import networkx as adapter  # noqa: E402

EXAMPLE = "0110001000010000:conv3x3,maxpool3x3"


def test_a_cell_becomes_a_graph_with_operations():
    cell = ecnas.Cell.parse(EXAMPLE)
    graph = adapter.to_networkx(cell)
    assert dict(graph.nodes(data="operation")) == {
        0: "input",
        1: "conv3x3-bn-relu",
        2: "maxpool3x3",
        3: "output",
    }
    assert sorted(graph.edges) == [(0, 1), (0, 2), (1, 2), (2, 3)]
    assert graph.graph["hash"] == cell.hash
    assert networkx.dag_longest_path_length(graph) == 3


def test_every_cell_comes_back_as_labelled(space_4v):
    for cell in space_4v.cells:
        assert adapter.from_networkx(adapter.to_networkx(cell)).text == cell.text


def test_cells_are_equal_just_where_networkx_finds_graphs_isomorphic(space_4v):
    cells = list(space_4v.cells)[:40]
    relabelled = ecnas.Cell(
        [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]],
        ["input", "maxpool3x3", "conv1x1", "output"],
    )
    for first, second in itertools.product([*cells, relabelled], repeat=2):
        same = networkx.is_isomorphic(
            adapter.to_networkx(first),
            adapter.to_networkx(second),
            node_match=lambda a, b: a["operation"] == b["operation"],
        )
        assert same == (first == second)


def test_nodes_may_have_any_names_and_any_order():
    graph = networkx.DiGraph()
    graph.add_node("end", operation="output")
    graph.add_node("pool", operation="maxpool3x3")
    graph.add_node("begin", operation="input")
    graph.add_node("convolution", operation="conv3x3")
    graph.add_edges_from(
        [("begin", "convolution"), ("begin", "pool"), ("convolution", "pool"), ("pool", "end")]
    )
    assert adapter.from_networkx(graph) == ecnas.Cell.parse(EXAMPLE)


def test_vertices_off_the_path_are_pruned():
    graph = adapter.to_networkx(ecnas.Cell.parse(EXAMPLE))
    graph.add_node("dead end", operation="conv1x1")
    graph.add_node("from nowhere", operation="conv1x1")
    graph.add_edges_from([(1, "dead end"), ("from nowhere", 2)])
    assert adapter.from_networkx(graph) == ecnas.Cell.parse(EXAMPLE)


def changed(change):
    graph = adapter.to_networkx(ecnas.Cell.parse(EXAMPLE))
    change(graph)
    return graph


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (networkx.Graph([(0, 1)]), "DiGraph"),
        (networkx.MultiDiGraph([(0, 1)]), "DiGraph"),
        (networkx.DiGraph([(0, 1)]), "node 0 has no attribute 'operation'"),
        (changed(lambda graph: graph.add_edge(2, 1)), "cycle"),
        (changed(lambda graph: graph.remove_edge(2, 3)), "cell"),
        (changed(lambda graph: graph.nodes[1].update(operation="conv5x5")), "cell"),
        (changed(lambda graph: graph.nodes[1].update(operation="input")), "cell"),
    ],
    ids=["undirected", "multigraph", "no operation", "cycle", "no path", "unknown", "two inputs"],
)
def test_other_graphs_are_refused(graph, message):
    with pytest.raises(ecnas.InvalidArgument, match=message):
        adapter.from_networkx(graph)
