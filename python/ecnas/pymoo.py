"""pymoo on a benchmark: a problem over cells, and operators that keep them cells.

    problem = ecnas.pymoo.CellProblem(ecnas.Problem(ecnas.load("ecnas-4v")))
    algorithm = NSGA2(pop_size=40, **ecnas.pymoo.operators(problem))
    result = pymoo.optimize.minimize(problem, algorithm, ("n_eval", 400), seed=1)
    cells = [problem.solution(genotype) for genotype in result.X]

A genotype is an integer vector: a bit for each edge of the canvas of the table's largest cell (21
of 7 vertices), an operation 0 to 2 for each interior vertex, and the position of a budget if the
problem has several. Operators are those of `ecnas search` (docs/algorithms/semoa.md).
"""

from __future__ import annotations

from typing import Any, Optional, Union

import numpy as np
import numpy.typing as npt

from ecnas import Cell, MissingDependency, NotFound
from ecnas._search import Subject, as_problem
from ecnas.configspace import OPERATIONS, Canvas, budgets_of

try:
    from pymoo.core.crossover import Crossover
    from pymoo.core.duplicate import DuplicateElimination
    from pymoo.core.mutation import Mutation
    from pymoo.core.problem import Problem
    from pymoo.core.repair import Repair
    from pymoo.core.sampling import Sampling
except ImportError as error:
    raise MissingDependency(
        "ecnas.pymoo: the package pymoo is not installed; run: pip install pymoo"
    ) from error

Genotypes = npt.NDArray[np.int64]
Solution = tuple[Cell, int]

# Expected numbers of changes by one mutation, as EC-NAS chose them; and how often another budget is
# drawn: often, for a solution is a cell at a budget, and each budget has its own part of the front.
_EDGE_CHANGES = 2.0
_OPERATION_CHANGES = 0.5
_BUDGET_CHANGES = 0.5


class CellProblem(Problem):
    """A benchmark as pymoo knows problems: integers in, minimised objectives out.

    benchmark: an `ecnas.Problem`, or a table; its ledger is charged for every evaluation.
    Evaluating a genotype that is no cell of the table, or lacks an objective at its budget, gives the reference
    point, the worst there is: such solutions never stay on a front. `operators` make none.
    """

    def __init__(self, benchmark: Subject) -> None:
        self.benchmark = as_problem(benchmark)
        self.canvas = Canvas.of(self.benchmark.table)
        self.budgets = budgets_of(self.benchmark)
        upper = [1] * len(self.canvas.edges) + [len(OPERATIONS) - 1] * self.canvas.interior
        if len(self.budgets) > 1:
            upper.append(len(self.budgets) - 1)
        super().__init__(
            n_var=len(upper),
            n_obj=len(self.benchmark.objectives),
            xl=np.zeros(len(upper)),
            xu=np.array(upper, dtype=float),
            vtype=int,
        )

    def solution(self, genotype: npt.NDArray[Any]) -> Optional[Solution]:
        """(cell, epochs) of a genotype; None if it is no cell. epochs is 0 without budgets."""
        numbers = np.rint(np.asarray(genotype, dtype=float)).astype(np.int64)
        cell = self.canvas.decode(numbers[: self.canvas.size])
        budget = int(numbers[-1]) if len(self.budgets) > 1 else 0
        return None if cell is None else (cell, self.budgets[budget])

    def genotype(
        self,
        cell: Cell,
        epochs: Optional[int] = None,
        generator: Optional[np.random.Generator] = None,
    ) -> Genotypes:
        """A genotype of a cell at a budget, by default the largest; see `Canvas.encode`.

        Raises NotFound for a budget that is not searched.
        """
        encoded = self.canvas.encode(cell, generator)
        if epochs is not None and epochs not in self.budgets:
            raise NotFound(f"budget of {epochs} epochs: not searched; there are {self.budgets}")
        if len(self.budgets) == 1:
            return encoded
        budget = len(self.budgets) - 1 if epochs is None else self.budgets.index(epochs)
        return np.append(encoded, budget)

    def knows(self, genotype: npt.NDArray[Any]) -> bool:
        """Is it a cell of the table? Costs nothing in the ledger."""
        solution = self.solution(genotype)
        if solution is None:
            return False
        try:
            self.benchmark.table.row(solution[0])
        except NotFound:
            return False
        return True

    def _evaluate(
        self, x: npt.NDArray[Any], out: dict[str, Any], *args: Any, **kwargs: Any
    ) -> None:
        values = np.full((len(x), self.n_obj), np.nan)
        at_budget: dict[int, dict[int, Cell]] = {}
        for position, genotype in enumerate(x):
            solution = self.solution(genotype)
            if solution is not None:
                at_budget.setdefault(solution[1], {})[position] = solution[0]
        for epochs, cells in at_budget.items():
            evaluated = self.benchmark.evaluate_many(list(cells.values()), epochs=epochs or None)
            values[list(cells)] = evaluated
        absent = np.isnan(values).any(axis=1)
        values[absent] = self.benchmark.reference_point
        out["F"] = values

    def _calc_pareto_front(self, *args: Any, **kwargs: Any) -> npt.NDArray[np.float64]:
        return np.asarray(self.benchmark.exact_points)

    def __deepcopy__(self, memo: dict[int, Any]) -> CellProblem:
        # pymoo copies algorithms with all they hold. The table is shared, and one ledger must be
        # charged for what all of them evaluate.
        return self


class CellSampling(Sampling):
    """Cells of the table at budgets, equally probable, none twice while there are others."""

    def _do(
        self,
        problem: CellProblem,
        n_samples: int,
        *args: Any,
        random_state: Any = None,
        **kwargs: Any,
    ) -> Genotypes:
        generator = _generator(random_state)
        cells = problem.benchmark.table.cells
        count = len(cells) * len(problem.budgets)
        drawn = generator.choice(count, size=n_samples, replace=n_samples > count)
        return np.array([_entry(problem, int(number), generator) for number in drawn])


class CellCrossover(Crossover):
    """Uniform: each edge, operation and budget goes to either of two children."""

    def __init__(self, prob: float = 0.9, **kwargs: Any) -> None:
        super().__init__(2, 2, prob=prob, **kwargs)

    def _do(
        self,
        problem: CellProblem,
        X: npt.NDArray[Any],
        *args: Any,
        random_state: Any = None,
        **kwargs: Any,
    ) -> npt.NDArray[Any]:
        first, second = X
        swapped = _generator(random_state).random(first.shape) < 0.5
        return np.array([np.where(swapped, second, first), np.where(swapped, first, second)])


class CellMutation(Mutation):
    """Flips edges and changes operations and budgets, some two of them a child."""

    def _do(
        self,
        problem: CellProblem,
        X: npt.NDArray[Any],
        *args: Any,
        random_state: Any = None,
        **kwargs: Any,
    ) -> Genotypes:
        return _mutated(problem, X, _generator(random_state))


class CellRepair(Repair):
    """Makes every genotype a cell that the table knows: by mutation, at last by a fresh draw.

    attempts: mutants of a genotype that are tried. On 7 vertices about one in three is a cell.
    """

    def __init__(self, attempts: int = 100, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.attempts = attempts

    def _do(
        self,
        problem: CellProblem,
        X: npt.NDArray[Any],
        *args: Any,
        random_state: Any = None,
        **kwargs: Any,
    ) -> Genotypes:
        generator = _generator(random_state)
        rounded = np.rint(np.asarray(X, dtype=float)).astype(np.int64)
        return np.array([self._repaired(problem, genotype, generator) for genotype in rounded])

    def _repaired(
        self, problem: CellProblem, genotype: Genotypes, generator: np.random.Generator
    ) -> Genotypes:
        candidate = genotype
        for _ in range(self.attempts):
            if problem.knows(candidate):
                return candidate
            candidate = _mutated(problem, genotype[np.newaxis], generator)[0]
        count = len(problem.benchmark.table.cells) * len(problem.budgets)
        return _entry(problem, int(generator.integers(count)), generator)


class IsomorphicDuplicates(DuplicateElimination):
    """Keeps one of all genotypes that are the same architecture at the same budget. O(n)."""

    def __init__(self, problem: CellProblem) -> None:
        super().__init__()
        self.problem = problem

    def _do(
        self, pop: Any, other: Any, is_duplicate: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_]:
        seen = {self._key(individual) for individual in other} if other is not None else set()
        for position, individual in enumerate(pop):
            key = self._key(individual)
            is_duplicate[position] = key in seen
            seen.add(key)
        return is_duplicate

    def _key(self, individual: Any) -> Union[Solution, tuple[Any, ...]]:
        # Cells compare and hash as architectures. What is no cell is equal to nothing but itself.
        return self.problem.solution(individual.X) or tuple(individual.X)


def operators(problem: CellProblem) -> dict[str, Any]:
    """All of the above as keyword arguments of pymoo's genetic algorithms.

    `NSGA2(pop_size=40, **ecnas.pymoo.operators(problem))`
    """
    return {
        "sampling": CellSampling(),
        "crossover": CellCrossover(),
        "mutation": CellMutation(),
        "repair": CellRepair(),
        "eliminate_duplicates": IsomorphicDuplicates(problem),
    }


def _generator(random_state: Any) -> np.random.Generator:
    if random_state is not None:
        return random_state  # type: ignore[no-any-return]
    # pymoo before 0.6.1.4 hands none on; it seeds NumPy's global generator with its own seed.
    return np.random.default_rng(np.random.randint(2**31 - 1))


def _entry(problem: CellProblem, number: int, generator: np.random.Generator) -> Genotypes:
    """A genotype of one of the table's cells at one of the budgets, all of them numbered."""
    row, budget = divmod(number, len(problem.budgets))
    cell = problem.benchmark.table.cells[row]
    return problem.genotype(cell, problem.budgets[budget], generator)


def _mutated(
    problem: CellProblem, genotypes: npt.NDArray[Any], generator: np.random.Generator
) -> Genotypes:
    """One mutant of each. (n, n_var) → (n, n_var)"""
    mutants = np.array(genotypes, dtype=np.int64)
    edges = len(problem.canvas.edges)
    last = problem.canvas.size
    flipped = generator.random((len(mutants), edges)) < _EDGE_CHANGES / edges
    mutants[:, :edges] ^= flipped
    _change(mutants[:, edges:last], len(OPERATIONS), _OPERATION_CHANGES, generator)
    _change(mutants[:, last:], len(problem.budgets), _BUDGET_CHANGES, generator)
    return mutants


def _change(
    numbers: Genotypes, choices: int, expected: float, generator: np.random.Generator
) -> None:
    """Turns `expected` numbers a row, on average, into another of 0 … choices − 1, in place."""
    if numbers.shape[1] == 0:
        return
    is_changed = generator.random(numbers.shape) < expected / numbers.shape[1]
    shifted = (numbers + generator.integers(1, choices, size=numbers.shape)) % choices
    numbers[is_changed] = shifted[is_changed]
