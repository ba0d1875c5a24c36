"""Cells as networkx graphs, and back.

    graph = ecnas.networkx.to_networkx(cell)
    networkx.dag_longest_path_length(graph)
    ecnas.networkx.from_networkx(graph) == cell
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ecnas import Cell, InvalidArgument, MissingDependency

try:
    import networkx
except ImportError as error:
    raise MissingDependency(
        "ecnas.networkx: the package networkx is not installed; run: pip install networkx"
    ) from error


def to_networkx(cell: Cell) -> networkx.DiGraph:
    """The cell as labelled: nodes 0 to V − 1, each with an attribute `operation`.

    That is "input", "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3" or "output". The graph has
    attributes `hash` and `text`.
    """
    graph = networkx.DiGraph(hash=cell.hash, text=cell.text)
    for vertex, label in enumerate(cell.labels):
        graph.add_node(vertex, operation=label)
    graph.add_edges_from(np.argwhere(cell.matrix).tolist())
    return graph


def from_networkx(graph: networkx.DiGraph) -> Cell:
    """The cell that a graph prunes to.

    graph: directed and without cycles, nodes of any names, each with an attribute `operation` (long
    or short names); one is "input", one "output". Vertices keep the order of nodes as far as edges
    allow.

    Raises InvalidArgument for any other graph, and for one that prunes to no cell.
    """
    if not graph.is_directed() or graph.is_multigraph():
        raise InvalidArgument(f"graph: a {type(graph).__name__}; expected a networkx.DiGraph")
    labels = dict(graph.nodes(data="operation"))
    for node, label in labels.items():
        if not isinstance(label, str):
            raise InvalidArgument(
                f"graph: node {node!r} has no attribute 'operation'; expected 'input', an "
                "operation or 'output'"
            )
    order = _vertices(graph, labels)
    matrix = networkx.to_numpy_array(graph, nodelist=order, weight=None, dtype=np.int64)
    return Cell(matrix, [labels[node] for node in order])


def _vertices(graph: networkx.DiGraph, labels: dict[Any, str]) -> list[Any]:
    """Nodes in topological order, the input first and the output last."""
    position = {node: number for number, node in enumerate(graph)}
    try:
        order = list(networkx.lexicographical_topological_sort(graph, key=position.__getitem__))
    except networkx.NetworkXUnfeasible as cycle:
        raise InvalidArgument("graph: it has a cycle; expected edges that lead forward") from cycle
    # Others that nothing leads to, or that lead nowhere, may lie outside them; they are pruned.
    ends = {"input": 0, "output": 2}
    return sorted(order, key=lambda node: ends.get(labels[node], 1))
