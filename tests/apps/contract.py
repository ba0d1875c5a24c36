"""What the contract tests share: running the program, a directory, made-up data.

Standard library only. The program is the first argument of the test that imports this.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
SOURCE = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("ECNAS_DATA_DIR") or SOURCE.parent / "shared" / "data")
SHARE = PROGRAM.parent.parent / "share" / "ecnas"
TEMPLATE = SHARE / "page" / "page.html"
CHART = SHARE / "chart" / "node_modules"
MADE_UP = SOURCE / "tests" / "data" / "made-up.csv"


def ecnas(*arguments, status=0, **settings):
    """Runs the program, checks its exit status, returns standard output and standard error."""
    result = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, timeout=600,
                            check=False, **settings)
    errors = result.stderr.decode(errors="replace")
    if result.returncode != status:
        raise AssertionError(f"ecnas {' '.join(map(str, arguments))}: exit {result.returncode}, "
                             f"expected {status}\n{errors}")
    return result.stdout, errors


def ecnas_json(*arguments):
    return json.loads(ecnas(*arguments, "--json")[0])


def has_model():
    """Whether the build holds the models of the built-in benchmark."""
    try:
        ecnas("surrogate", "predict", "0100:")
    except AssertionError:
        return False
    return True


class Directory(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.directory = pathlib.Path(holder.name)

    def table(self, source=MADE_UP):
        path = self.directory / "t.ecnas"
        if not path.exists():
            ecnas("import", source, "-o", path)
        return path

    def refused(self, status, *arguments, **settings):
        """One clear line on standard error and the right exit status."""
        output, errors = ecnas(*arguments, status=status, **settings)
        self.assertEqual(output, b"")
        self.assertEqual(len(errors.strip().splitlines()), 1, errors)
        self.assertTrue(errors.startswith("ecnas: "), errors)
        return errors

    def tree(self, directory):
        """Content of all files below a directory."""
        return {file.relative_to(directory): hashlib.sha256(file.read_bytes()).hexdigest()
                for file in sorted(directory.rglob("*")) if file.is_file()}
