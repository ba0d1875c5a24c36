"""Models that predict what was not measured."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Iterable, Optional, Union

from . import _core, _path

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Surrogate"]


@dataclass(frozen=True)
class Surrogate:
    """Predicts one target of any cell, with intervals; the same for every labelling.

    >>> import ecnas
    >>> energy = ecnas.Surrogate.load("ecnas-7v", "energy_kwh")
    >>> predicted = energy.predict(ecnas.Space(4).cells, epochs=108)
    >>> bool((predicted["lower90"] < predicted["value"]).all())
    True
    """

    model: Any = field(repr=False)
    target: str

    @classmethod
    def load(
        cls, name_or_path: Union[str, os.PathLike[str]], target: str = "energy_kwh"
    ) -> Surrogate:
        """The shipped model "ecnas-7v", or a model's file.

        target: "energy_kwh", "training_time_s", "validation_accuracy", "test_accuracy".
        """
        surrogate = cls(_core.ModelFile.open(_path(name_or_path)), target)
        surrogate.info()  # says whether the target is there
        return surrogate

    @classmethod
    def fit(
        cls,
        table: _core.Table,
        target: str = "energy_kwh",
        *,
        name: str = "model",
        seed: int = 1,
        threads: int = 1,
    ) -> Surrogate:
        """Fits a model on a table's values, calibrated by cross-validation over cells.

        Raises InvalidData for fewer than 20 cells. Cost: minutes for thousands of cells.
        """
        return cls(_core.ModelFile.fit(table, target, name, seed, threads), target)

    def recommend(self, cells: Any, count: int, epochs: int = 4) -> np.ndarray[Any, Any]:
        """Positions of the cells to measure on a new device: spread over predicted energies."""
        return self.model.recommend(cells, count, epochs)  # type: ignore[no-any-return]

    def transfer(
        self,
        cells: Any,
        energies_kwh: Iterable[float],
        *,
        epochs: int = 4,
        device: str = "",
        pue: Optional[float] = None,
    ) -> Surrogate:
        """The model for another device, from energies of a few cells (3 or more) measured there.

        Readings far from the others have no influence. pue: that the energies include.
        Raises InvalidData for too few cells or energies that hardly rise with the predicted ones.
        """
        energies = [float(energy) for energy in energies_kwh]
        return Surrogate(
            self.model.transfer(cells, energies, epochs, device, pue), "energy_kwh"
        )

    def info(self) -> dict[str, Any]:
        """Unit, description, PUE, devices, epochs, number of cells fitted on."""
        return self.model.info(self.target)  # type: ignore[no-any-return]

    def predict(
        self,
        cells: Union[_core.CellArray, Iterable[Any]],
        epochs: Optional[int] = None,
        threads: int = 1,
    ) -> dict[str, np.ndarray[Any, Any]]:
        """value, lower90, upper90: float64 (n), in the target's unit; out_of_range: bool (n).

        The interval holds a new measurement nine times of ten. epochs: None: the largest.
        Raises NotFound for a budget that the model does not know.
        """
        return self.model.predict(self.target, cells, epochs, threads)  # type: ignore

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes the model's file, which the program reads too."""
        self.model.write(_path(path))
