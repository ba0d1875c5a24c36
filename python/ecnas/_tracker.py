"""Measuring what a computation uses."""

from __future__ import annotations

import functools
import inspect
from types import TracebackType
from typing import Any, Callable, Optional, TypeVar

from . import _core
from ._errors import InvalidArgument
from ._methods import SpanUse

__all__ = ["Span", "SpanUse", "Tracker"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Span:
    """A part of what a tracker measures, from `with` to its end."""

    def __init__(self, tracker: Tracker, name: str) -> None:
        self._tracker = tracker
        self._name = name
        self._region: Optional[_core.Region] = None

    def __enter__(self) -> Span:
        self._region = self._tracker._running().begin(self._name)
        return self

    def __exit__(self, *failure: object) -> None:
        if self._region is not None:
            self._region.end()
            self._region = None


class Tracker:
    """Measures the energy of this process, from counters where there are some, else a model.

    >>> import ecnas
    >>> with ecnas.Tracker(zone="DK") as tracker:
    ...     with tracker.span("sum"):
    ...         total = sum(range(100_000))
    >>> tracker.measurement.spans[0].name
    'sum'

    As a decorator it measures each call, also those within one another and on several threads, and
    keeps the one that ended last in `measurement`.

    interval_s: between samples. pue: the data centre's share on top.
    zone: a grid, as "DK" or "US-CA"; carbon_intensity (gCO2eq/kWh): for emissions, either of them.
    whole_machine: also what others use of it.

    `measurement.quality` says how energies became known; "modelled" ones are uncertain by
    `measurement.energy_kwh_interval`.
    """

    def __init__(
        self,
        interval_s: float = 0.1,
        *,
        pue: float = 1.0,
        carbon_intensity: Optional[float] = None,
        zone: Optional[str] = None,
        whole_machine: bool = False,
    ) -> None:
        self._options: dict[str, Any] = {
            "interval_s": interval_s,
            "pue": pue,
            "carbon_intensity": carbon_intensity,
            "zone": zone,
            "whole_machine": whole_machine,
        }
        self._core: Optional[_core.Tracker] = None
        self._measurement: Optional[_core.Measurement] = None

    def __repr__(self) -> str:
        told = [f"{name}={value!r}" for name, value in self._options.items()]
        return f"Tracker({', '.join(told)})"

    def _running(self) -> _core.Tracker:
        if self._core is None:
            raise InvalidArgument("the tracker does not run; use it in a with statement, or start()")
        return self._core

    def start(self) -> Tracker:
        """Begins a measurement."""
        if self._core is not None:
            raise InvalidArgument("the tracker runs already; stop() it first")
        self._core = _core.Tracker(**self._options)
        return self

    def stop(self) -> _core.Measurement:
        """Ends it. Returns what was used, which is `measurement` from now on."""
        self._measurement = self._running().stop()
        self._core = None
        return self._measurement

    @property
    def measurement(self) -> _core.Measurement:
        """What the last measurement found. Raises InvalidArgument before there is one."""
        if self._measurement is None:
            raise InvalidArgument("nothing was measured yet; so_far() tells while it runs")
        return self._measurement

    def so_far(self) -> _core.Measurement:
        """What has been used until now."""
        return self._running().so_far()

    def span(self, name: str) -> Span:
        """A context manager for a part of it; they may lie in one another."""
        return Span(self, name)

    def __enter__(self) -> Tracker:
        return self.start()

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()

    def __call__(self, function: _Function) -> _Function:
        if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
            raise InvalidArgument(
                f"{function.__name__}: returns before its work is done; expected a plain function, "
                "or put a with statement around what consumes it"
            )

        @functools.wraps(function)
        def measured(*arguments: Any, **named: Any) -> Any:
            call = Tracker(**self._options).start()
            try:
                return function(*arguments, **named)
            finally:
                self._measurement = call.stop()

        return measured  # type: ignore[return-value]
