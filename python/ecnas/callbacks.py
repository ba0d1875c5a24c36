"""Energy of a training, measured by `ecnas.Tracker` from within the framework that trains.

    transformers.Trainer(model, callbacks=[ecnas.callbacks.HuggingFace(zone="DK")])
    lightning.pytorch.Trainer(callbacks=[ecnas.callbacks.Lightning()])
    model.fit(images, labels, callbacks=[ecnas.callbacks.Keras()])

Each begins a tracker with the training and ends it with it; epochs and evaluations are spans of the
measurement (an evaluation in the middle of an epoch lies within the epoch's). What was used since
the training began goes into the framework's logs as `energy_kwh` and, if the carbon intensity is
known, `co2eq_g`. Afterwards `measurement` is the whole of it, as after a tracker. What is evaluated
outside of a training is not measured.

Of several processes on one machine only the first measures, for meters tell of the whole machine.

This module imports no framework; the class that is made imports its own.
"""

from __future__ import annotations

import functools
import sys
import types
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, Optional

from ecnas import MissingDependency, Tracker

_EVALUATION = "evaluation"


class _Meter:
    """A tracker with its open spans, for callers that begin and end in different calls."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._tracker: Optional[Tracker] = None
        self._open: list[tuple[str, AbstractContextManager[Any]]] = []
        self.measurement: Any = None

    def begin(self) -> None:
        """A training begins. One before it that was never ended, after an error, ends now."""
        self.end()
        tracker = Tracker(**self._options)
        tracker.__enter__()
        self._tracker = tracker

    def end(self) -> None:
        if self._tracker is None:
            return
        while self._open:
            self._open.pop()[1].__exit__(None, None, None)
        self._tracker.__exit__(None, None, None)
        self.measurement = self._tracker.measurement
        self._tracker = None

    def open(self, name: str) -> None:
        """Begins a span, unless it is open or nothing is measured."""
        if self._tracker is None or any(name == other for other, _ in self._open):
            return
        span = self._tracker.span(name)
        span.__enter__()
        self._open.append((name, span))

    def close(self, name: str) -> None:
        """Ends a span, and those that were begun within it; nothing if it is not open."""
        if all(name != other for other, _ in self._open):
            return
        closed = ""
        while closed != name:
            closed, span = self._open.pop()
            span.__exit__(None, None, None)

    def logs(self) -> dict[str, float]:
        """Since the training began; empty if nothing is measured."""
        if self._tracker is None:
            return {}
        measured = self._tracker.so_far()
        logs = {"energy_kwh": float(measured.energy_kwh)}
        if measured.co2eq_g is not None:
            logs["co2eq_g"] = float(measured.co2eq_g)
        return logs


class _EnergyCallback:
    """A callback whose framework's base class joins it when an object is made."""

    def __new__(cls, *arguments: Any, **options: Any) -> _EnergyCallback:
        base = cls._framework_base()
        return super().__new__(cls if issubclass(cls, base) else _joined(cls, base))  # type: ignore

    def __init__(
        self,
        interval_s: float = 0.1,
        pue: float = 1.0,
        carbon_intensity: Optional[float] = None,
        zone: Optional[str] = None,
    ) -> None:
        super().__init__()
        self._meter = _Meter(
            interval_s=interval_s, pue=pue, carbon_intensity=carbon_intensity, zone=zone
        )

    @classmethod
    def _framework_base(cls) -> type:
        raise NotImplementedError

    @property
    def measurement(self) -> Any:
        """Of the last training that ended, as `Tracker.measurement`; None before."""
        return self._meter.measurement


class HuggingFace(_EnergyCallback):
    """For `transformers.Trainer`. Options are those of `ecnas.Tracker`.

    Energies stand in `trainer.state.log_history` and in what callbacks after this one are handed:
    progress and printing are, integrations named in `report_to` come before it.

    Raises MissingDependency without the package transformers.
    """

    @classmethod
    def _framework_base(cls) -> type:
        return _base(("transformers",), "TrainerCallback", cls.__name__, "transformers")

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._epoch = int(state.epoch or 0)  # not 0 where a checkpoint is resumed
        if state.is_local_process_zero:
            self._meter.begin()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._meter.end()

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._epoch += 1
        self._meter.open(f"epoch {self._epoch}")

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._meter.close(f"epoch {self._epoch}")
        self.on_step_end(args, state, control)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        # No event announces an evaluation, but the flow's own callback, the first, asks for it.
        if control.should_evaluate:
            self._meter.open(_EVALUATION)

    def on_prediction_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._meter.open(_EVALUATION)  # if a later callback asked

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._meter.close(_EVALUATION)

    def on_predict(self, args: Any, state: Any, control: Any, *_: Any, **kwargs: Any) -> None:
        self._meter.close(_EVALUATION)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any
    ) -> None:
        used = self._meter.logs()
        if logs is not None:
            logs.update(used)
        if state.log_history:  # holds a copy of the logs already
            state.log_history[-1].update(used)


class Lightning(_EnergyCallback):
    """For the `Trainer` of lightning or pytorch_lightning. Options are those of `ecnas.Tracker`.

    Energies are logged at the end of each epoch, as a module's `log` does: loggers and callbacks
    that monitor a metric see them.

    Raises MissingDependency without either package.
    """

    @classmethod
    def _framework_base(cls) -> type:
        packages = ("lightning.pytorch", "pytorch_lightning")
        # Each has a Callback of its own; that of the package in use is wanted.
        in_use = [name for name in packages if name in sys.modules]
        return _base(tuple(in_use) or packages, "Callback", cls.__name__, "lightning")

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        if trainer.local_rank == 0:
            self._meter.begin()

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        self._meter.end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self._meter.end()

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        self._meter.open(f"epoch {trainer.current_epoch + 1}")

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        self._meter.close(f"epoch {trainer.current_epoch + 1}")
        if trainer.is_global_zero:
            for name, value in self._meter.logs().items():
                pl_module.log(name, value, batch_size=1, rank_zero_only=True)

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        self._meter.open(_evaluation_of(trainer))

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        self._meter.close(_evaluation_of(trainer))


class Keras(_EnergyCallback):
    """For `fit` of Keras models. Options are those of `ecnas.Tracker`.

    Energies stand in an epoch's logs: in the history, on the progress bar, and in what callbacks
    after this one are handed.

    Raises MissingDependency without the package keras.
    """

    @classmethod
    def _framework_base(cls) -> type:
        return _base(("keras.callbacks",), "Callback", cls.__name__, "keras")

    def on_train_begin(self, logs: Any = None) -> None:
        self._meter.begin()

    def on_train_end(self, logs: Any = None) -> None:
        self._meter.end()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._meter.open(f"epoch {epoch + 1}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._meter.close(f"epoch {epoch + 1}")
        if logs is not None:
            logs.update(self._meter.logs())

    def on_test_begin(self, logs: Any = None) -> None:
        self._meter.open(_EVALUATION)

    def on_test_end(self, logs: Any = None) -> None:
        self._meter.close(_EVALUATION)


def _evaluation_of(trainer: Any) -> str:
    return "sanity check" if trainer.sanity_checking else _EVALUATION


def _base(modules: tuple[str, ...], name: str, callback: str, package: str) -> type:
    """The class `name` of the first module that can be imported."""
    reason: Optional[ImportError] = None
    for module in modules:
        try:
            base: type = getattr(import_module(module), name)
            return base
        except ImportError as error:
            reason = error
    raise MissingDependency(
        f"ecnas.callbacks.{callback}: the package {package} cannot be imported ({reason}); "
        f"run: pip install {package}"
    ) from reason


@functools.lru_cache(maxsize=None)
def _joined(cls: type, base: type) -> type:
    names = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    return types.new_class(cls.__name__, (cls, base), {}, lambda namespace: namespace.update(names))
