"""Cells as configurations: parameters with names, and a ConfigSpace space of them.

    space = ecnas.configspace.configuration_space(4, budgets=(4, 12, 36, 108))
    configuration = space.sample_configuration()
    cell = ecnas.configspace.to_cell(configuration)  # InvalidArgument if it is no cell

There is nothing to condition or to forbid: every parameter is always active, and a graph that is no
cell (no path from input to output, more than 9 edges) shows when it is asked for. Three quarters of
all graphs are cells.

The encoding itself, `Canvas`, needs no package; `ecnas.pymoo` and `ecnas.optuna` use it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Optional, Union

import numpy as np
import numpy.typing as npt

from ecnas import Cell, InvalidArgument, MissingDependency, Problem, Table

if TYPE_CHECKING:
    from ConfigSpace import Configuration, ConfigurationSpace

#: What an interior vertex computes, in NAS-Bench-101's order.
OPERATIONS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")

_MAX_VERTICES = 7
_EDGE = "edge_"
_OPERATION = "operation_"

Genotype = npt.NDArray[np.int64]


class Canvas:
    """All labelled graphs of so many vertices; a cell that has fewer leaves some of them unused.

    vertices: 2 to 7. A *genotype* is an integer vector of `size` numbers: a 0 or 1 for each of
    `edges`, then for each interior vertex its operation's position in OPERATIONS. `parameters`
    names its numbers: "edge_0_1", …, "operation_1", …
    """

    def __init__(self, vertices: int) -> None:
        if not 2 <= vertices <= _MAX_VERTICES:
            raise InvalidArgument(f"canvas: {vertices} vertices; expected 2 to {_MAX_VERTICES}")
        self.vertices = vertices
        self.edges = tuple(
            (source, target)
            for source in range(vertices)
            for target in range(source + 1, vertices)
        )
        self.interior = vertices - 2
        self.size = len(self.edges) + self.interior
        self.parameters = tuple(
            [f"{_EDGE}{source}_{target}" for source, target in self.edges]
            + [f"{_OPERATION}{vertex}" for vertex in range(1, vertices - 1)]
        )
        self._upper = np.triu_indices(vertices, 1)

    @classmethod
    def of(cls, table: Table) -> Canvas:
        """The smallest that holds every cell of the table."""
        return cls(int(np.max(table.cells.vertices)))

    def cell(self, genotype: Union[Sequence[int], npt.NDArray[Any]]) -> Cell:
        """The cell that a genotype prunes to. Raises InvalidArgument if there is none."""
        numbers = np.asarray(genotype)
        if numbers.shape != (self.size,):
            raise InvalidArgument(
                f"genotype: shape {numbers.shape}; expected ({self.size},), edges then operations"
            )
        matrix = np.zeros((self.vertices, self.vertices))
        matrix[self._upper] = numbers[: len(self.edges)]
        return Cell(matrix, ["input", *map(_operation_name, numbers[len(self.edges) :]), "output"])

    def decode(self, genotype: Union[Sequence[int], npt.NDArray[Any]]) -> Optional[Cell]:
        """As `cell`; None if there is none."""
        try:
            return self.cell(genotype)
        except InvalidArgument:
            return None

    def encode(self, cell: Cell, generator: Optional[np.random.Generator] = None) -> Genotype:
        """A genotype of the cell.

        With a generator its interior vertices lie in random places, in order, and unused vertices
        get random operations, so that an edit can bring them in; without, they lie in the first.
        Raises InvalidArgument if the cell is larger than the canvas.
        """
        if cell.vertices > self.vertices:
            raise InvalidArgument(
                f"cell {cell.text}: {cell.vertices} vertices on a canvas of {self.vertices}; "
                "take a larger one"
            )
        used = cell.vertices - 2
        places = np.arange(1, self.vertices - 1)
        operations = np.zeros(self.interior, dtype=np.int64)
        if generator is None:
            places = places[:used]
        else:
            places = np.sort(generator.permutation(places)[:used])
            operations = generator.integers(len(OPERATIONS), size=self.interior)
        operations[places - 1] = [OPERATIONS.index(name) for name in cell.operations]
        at = np.concatenate([[0], places, [self.vertices - 1]])
        matrix = np.zeros((self.vertices, self.vertices), dtype=np.int64)
        matrix[np.ix_(at, at)] = cell.matrix
        return np.concatenate([matrix[self._upper], operations])

    def named(self, genotype: Union[Sequence[int], npt.NDArray[Any]]) -> dict[str, Any]:
        """A genotype as parameters by name: edges are 0 or 1, operations their long names."""
        numbers = [int(number) for number in genotype]
        edges = len(self.edges)
        values = numbers[:edges] + [_operation_name(number) for number in numbers[edges:]]
        return dict(zip(self.parameters, values))

    def genotype(self, values: Mapping[str, Any]) -> Genotype:
        """The other way round; values of other names are passed over.

        Raises InvalidArgument for a parameter that is missing or an unknown operation.
        """
        missing = [name for name in self.parameters if name not in values]
        if missing:
            raise InvalidArgument(
                f"configuration: lacks {missing[0]}; expected {', '.join(self.parameters)}"
            )
        edges = [int(values[name]) for name in self.parameters[: len(self.edges)]]
        names = [str(values[name]) for name in self.parameters[len(self.edges) :]]
        for name in names:
            if name not in OPERATIONS:
                raise InvalidArgument(
                    f"configuration: operation '{name}'; expected {', '.join(OPERATIONS)}"
                )
        return np.array(edges + [OPERATIONS.index(name) for name in names], dtype=np.int64)


def budgets_of(problem: Problem) -> tuple[int, ...]:
    """Budgets in epochs, ascending; a single 0 for a table without metrics, as cells have none."""
    return tuple(int(epochs) for epochs in problem.budgets) or (0,)


def configuration_space(
    max_vertices: int = _MAX_VERTICES,
    budgets: Optional[Sequence[int]] = None,
    *,
    seed: Optional[int] = None,
) -> ConfigurationSpace:
    """The canvas of `max_vertices` vertices as a ConfigSpace space.

    Edges and operations are categorical, with the names of `Canvas.parameters`; with `budgets`
    (epochs) there is also the ordinal "epochs", the largest by default. The default configuration
    is the smallest cell, input → output, for it is in every space.

    Raises MissingDependency without the package ConfigSpace (1.0 or later).
    """
    package = _configspace()
    canvas = Canvas(max_vertices)
    through = f"{_EDGE}0_{max_vertices - 1}"
    parameters: dict[str, Any] = {}
    for name in canvas.parameters:
        if name.startswith(_EDGE):
            parameters[name] = package.CategoricalHyperparameter(
                name, [0, 1], default_value=int(name == through)
            )
        else:
            parameters[name] = package.CategoricalHyperparameter(name, list(OPERATIONS))
    if budgets is not None:
        epochs = sorted(int(budget) for budget in budgets)
        parameters["epochs"] = package.OrdinalHyperparameter(
            "epochs", epochs, default_value=epochs[-1]
        )
    return package.ConfigurationSpace(name="ecnas", seed=seed, space=parameters)


def to_cell(configuration: Mapping[str, Any]) -> Cell:
    """The cell of a configuration, of any mapping of `Canvas.parameters`.

    Raises InvalidArgument if the graph prunes to no cell, or a parameter is missing.
    """
    canvas = _canvas_of(configuration)
    return canvas.cell(canvas.genotype(configuration))


def to_configuration(
    cell: Cell,
    space: Optional[ConfigurationSpace] = None,
    *,
    epochs: Optional[int] = None,
) -> Configuration:
    """A configuration of the cell, of `space` or else of `configuration_space()`.

    epochs: for a space with budgets; by default the largest. Of the many configurations of a small
    cell this is the one that uses the first vertices.

    Raises InvalidArgument if the cell has more vertices than the space.
    """
    package = _configspace()
    space = configuration_space() if space is None else space
    canvas = _canvas_of(space)
    values = canvas.named(canvas.encode(cell))
    if "epochs" in space:
        values["epochs"] = space["epochs"].default_value if epochs is None else int(epochs)
    return package.Configuration(space, values=values)


def _operation_name(number: Any) -> str:
    if int(number) not in range(len(OPERATIONS)):
        raise InvalidArgument(f"genotype: operation {number}; expected 0 to {len(OPERATIONS) - 1}")
    return OPERATIONS[int(number)]


def _canvas_of(names: Mapping[str, Any]) -> Canvas:
    """From the names of edges: the largest target is the output."""
    targets = [int(name.rsplit("_", 1)[1]) for name in names if name.startswith(_EDGE)]
    if not targets:
        raise InvalidArgument(
            f"configuration: no parameter is named {_EDGE}…; expected those of configuration_space"
        )
    return Canvas(max(targets) + 1)


def _configspace() -> Any:
    try:
        import ConfigSpace
    except ImportError as error:
        raise MissingDependency(
            "ecnas.configspace: the package ConfigSpace is not installed; "
            "run: pip install ConfigSpace"
        ) from error
    return ConfigSpace
