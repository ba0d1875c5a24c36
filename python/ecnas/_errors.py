"""Errors, by what went wrong; each is also the built-in exception that people expect there."""

from __future__ import annotations

__all__ = [
    "Error",
    "Interrupted",
    "InvalidArgument",
    "InvalidData",
    "IoFailure",
    "MissingDependency",
    "NotFound",
]


class Error(Exception):
    """Everything that ecnas raises. One line: object, found, expected, remedy."""

    def __str__(self) -> str:  # KeyError would quote it
        return str(self.args[0]) if self.args else ""


class InvalidArgument(Error, ValueError):
    """The caller asked for something that makes no sense."""


class InvalidData(Error, ValueError):
    """A file's content is wrong."""


class NotFound(Error, KeyError):
    """The cell, budget, metric, name or file is not there."""


class IoFailure(Error, OSError):
    """Reading or writing failed."""


class MissingDependency(Error, ImportError):
    """A program, a package or a device is not there."""


class Interrupted(Error, RuntimeError):
    """Stopped on request."""
