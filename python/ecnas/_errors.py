"""Errors, by what went wrong; each is also the built-in exception that people expect there."""

from __future__ import annotations

import re
from typing import Optional

__all__ = [
    "Error",
    "Interrupted",
    "InvalidArgument",
    "InvalidData",
    "IoFailure",
    "MissingDependency",
    "NotFound",
    "WrongType",
]


class Error(Exception):
    """Everything that ecnas raises. One line: object, found, expected, remedy."""

    def __str__(self) -> str:  # KeyError would quote it
        return str(self.args[0]) if self.args else ""


class InvalidArgument(Error, ValueError):
    """The caller asked for something that makes no sense."""


class WrongType(InvalidArgument, TypeError):
    """An argument is of a type that the function does not take, is missing or is one too many."""


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


def wrong_type(message: str) -> Optional[WrongType]:
    """What nanobind says of arguments that nothing takes, in one line; None of anything else."""
    name, separator, rest = message.partition("(): incompatible function arguments.")
    if not separator:
        return None
    rest = re.sub(r"\b(ecnas\._core|collections\.abc|numpy)\.", "", rest)
    told, _, given = rest.partition("Invoked with types: ")
    taken = re.findall(r"^ +\d+\. \w+\((.*)\) -> .*$", told, re.MULTILINE)
    if all(re.match(r"self\b", signature) for signature in taken):
        taken = [re.sub(r"^self(, )?", "", signature) for signature in taken]
        owner, _, given = given.partition(", ")
        name = owner if name == "__init__" else f"{owner}.{name}"
    expected = " or ".join(f"({signature})" for signature in taken).replace(": object | None", "")
    given = re.sub(r"kwargs = \{ (.*) \}", lambda match: match[1].replace(": ", "="), given)
    return WrongType(f"{name}: called with {given.strip() or 'nothing'}; expected {expected}")
