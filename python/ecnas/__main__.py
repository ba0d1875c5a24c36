"""`python -m ecnas` is the program `ecnas`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from . import program


def main() -> NoReturn:
    """Becomes the program, with the arguments that were given."""
    path = program()
    if not path.exists():
        sys.exit(f"ecnas: the program is not part of this installation: {path}; install it again")
    os.execv(path, ["ecnas", *sys.argv[1:]])


if __name__ == "__main__":
    main()
