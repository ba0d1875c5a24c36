"""Energy-aware neural architecture search over the 423,624 cells of NAS-Bench-101.

    >>> import ecnas
    >>> table = ecnas.load("ecnas-4v")
    >>> cell = ecnas.Cell.parse("0110001000010000:conv3x3,maxpool3x3")
    >>> entry = table.query(cell, epochs=108)
    >>> print(f"{entry['energy_kwh']:.2f} kWh, {entry.provenance('energy_kwh')}")
    0.39 kWh, predicted
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Optional, Union

from . import _core, _methods  # noqa: F401  (gives methods to the classes of the core)
from ._core import Cell, CellArray, Entry, Ledger, Measurement, Problem, Skeleton, Space, Table
from ._errors import (
    Error,
    Interrupted,
    InvalidArgument,
    InvalidData,
    IoFailure,
    MissingDependency,
    NotFound,
    WrongType,
)
from ._version import __version__

if TYPE_CHECKING:
    from . import analysis, indicators
    from ._search import Comparison, SearchResult, Trial, compare, search
    from ._surrogate import Surrogate
    from ._tracker import Tracker

__all__ = [
    "PROVENANCES",
    "Cell",
    "CellArray",
    "Comparison",
    "Entry",
    "Error",
    "Interrupted",
    "InvalidArgument",
    "InvalidData",
    "IoFailure",
    "Ledger",
    "Measurement",
    "MissingDependency",
    "NotFound",
    "Problem",
    "SearchResult",
    "Skeleton",
    "Space",
    "Surrogate",
    "Table",
    "Tracker",
    "Trial",
    "WrongType",
    "__version__",
    "algorithms",
    "analysis",
    "compare",
    "import_table",
    "indicators",
    "load",
    "program",
    "search",
    "tables",
]

#: What the numbers in `Table.provenance` mean.
PROVENANCES = ("absent", "measured", "scaled", "predicted")

# What is not needed for a query is imported when it is first asked for.
_LATER = {
    "Comparison": "._search",
    "SearchResult": "._search",
    "Trial": "._search",
    "compare": "._search",
    "search": "._search",
    "Surrogate": "._surrogate",
    "Tracker": "._tracker",
}
_SUBMODULES = frozenset(
    {
        "altair",
        "analysis",
        "callbacks",
        "compat",
        "configspace",
        "indicators",
        "networkx",
        "optuna",
        "plot",
        "pymoo",
        "torch",
    }
)


def __getattr__(name: str) -> Any:
    if name in _LATER:
        value = getattr(importlib.import_module(_LATER[name], __name__), name)
    elif name in _SUBMODULES:
        value = importlib.import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module 'ecnas' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(__all__) | _SUBMODULES)


def _cache_directory() -> str:
    """Where built benchmarks are kept, the same as the program's; empty: nowhere."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(cache):
        return os.path.join(cache, "ecnas")
    home = os.environ.get("HOME", "")
    return os.path.join(home, ".cache", "ecnas") if home else ""


def _path(given: "Union[str, bytes, os.PathLike[Any]]") -> str:
    """As the core takes it."""
    path = os.fsdecode(given)
    if "\0" in path:
        raise InvalidArgument(f"path {path!r}: holds a NUL character")
    if not path:
        raise InvalidArgument("path '': is empty; expected a file, or a table's name")
    return path


def load(
    name_or_path: Union[str, "os.PathLike[str]"],
    *,
    cache: Union[bool, str, "os.PathLike[str]"] = True,
    threads: int = 0,
) -> Table:
    """Opens a built-in table by its name, or a table's file.

    name_or_path: "ecnas-7v", "space-4v", … (see `tables`), or what `ecnas import` or `Table.save`
        wrote. Published files are read by `import_table`.
    cache: where benchmarks that are built are kept: True: where the program keeps them; False:
        nowhere; or a directory.
    threads: for building; 0: one per core.

    Raises NotFound with the nearest name, InvalidData for a file that is no table.
    Cost: milliseconds; "ecnas-7v" some seconds when it is built for the first time.
    """
    directory = _cache_directory() if cache is True else "" if cache is False else os.fspath(cache)
    return _core.load(_path(name_or_path), directory, threads)


def tables() -> dict[str, str]:
    """Names of the built-in tables, and what they hold."""
    return _core.tables()


def import_table(
    *sources: Union[str, "os.PathLike[str]"],
    join: Union[str, "os.PathLike[str]", Iterable[Union[str, "os.PathLike[str]"]]] = (),
    format: Optional[str] = None,  # noqa: A002
    pue: Optional[float] = None,
    provenance: Optional[str] = None,
    strict: bool = False,
    keep_going: bool = False,
) -> Table:
    """Reads published files into one table: NAS-Bench-101's and EC-NAS's TFRecords, CSV files,
    results of training campaigns (a file, a folder tree, an archive of it), tables of ours.

    join: files whose accuracies, with all repeats, take the place of the sources' own.
    format: "csv", "results", "table", "tfrecord"; None: recognised by content.
    pue: of the energies, where the source does not say.
    provenance: "measured", "scaled", "predicted", where the source does not say.
    strict: findings are errors. keep_going: damaged records are left out, and noted.

    What was inferred, skipped or found odd is in `Table.notes`.
    Raises InvalidData with file and line (or record), NotFound, InvalidArgument.
    """
    one = (str, bytes, os.PathLike)
    return _core.import_table(
        [_path(source) for source in sources],
        [_path(source) for source in ([join] if isinstance(join, one) else join)],
        format,
        pue,
        provenance,
        strict,
        keep_going,
    )


def algorithms() -> list[dict[str, Any]]:
    """The algorithms of `search` with title, description, source, and options with defaults."""
    return _core.algorithms()


def program() -> Path:
    """The program `ecnas` that comes with the package; `python -m ecnas` runs it."""
    return Path(__file__).parent / "bin" / "ecnas"
