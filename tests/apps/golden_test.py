"""Every subcommand prints what its golden file says, failures included.

A golden file in tests/golden is a list of commands with what they print and their exit status:

    $ ecnas space count --max-vertices 4
    91 cells …
    [exit 0]

Lines of standard error begin with "2> ". Run `golden_test.py PROGRAM --update` to write the files
anew after an intended change, and read the difference.
"""

import difflib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
GOLDEN = TESTS / "golden"
PROGRAM = pathlib.Path(sys.argv[1]).resolve()
NEEDED = {"train.txt": PROGRAM.parent / "ecnas-train"}  # built where LibTorch is


def golden_files():
    """Those whose programs were built."""
    return [file for file in sorted(GOLDEN.glob("*.txt")) if NEEDED.get(file.name, PROGRAM).exists()]


def run(command: str, directory: str, cache: str) -> str:
    """One command's transcript, as the golden files hold it."""
    arguments = shlex.split(command)
    assert arguments[0] == "ecnas", command
    environment = dict(os.environ, XDG_CACHE_HOME=cache,
                       NO_COLOR="1", TERM="dumb", LC_ALL="C.UTF-8")
    result = subprocess.run([PROGRAM, *arguments[1:]], cwd=directory, env=environment,
                            capture_output=True, text=True, timeout=600, check=False)
    errors = "".join(f"2> {line}\n" for line in result.stderr.splitlines())
    output = result.stdout
    if output and not output.endswith("\n"):
        output += "\n"
    return f"$ {command}\n{output}{errors}[exit {result.returncode}]\n"


def transcript(golden: str, cache: str) -> str:
    """Runs all commands of a golden file in one fresh directory with the made-up data.

    @param cache  where built-in benchmarks are kept from one file to the next
    """
    with tempfile.TemporaryDirectory() as directory:
        for data in sorted((TESTS / "data").glob("*.csv")):
            shutil.copy(data, directory)
        commands = re.findall(r"^\$ (.*)$", golden, flags=re.MULTILINE)
        return "\n".join(run(command, directory, cache) for command in commands)


class GoldenFiles(unittest.TestCase):
    def test_every_command_prints_what_its_golden_file_says(self):
        files = golden_files()
        cache = tempfile.TemporaryDirectory()
        self.addCleanup(cache.cleanup)
        self.assertGreater(len(files), 8)
        for file in files:
            with self.subTest(file=file.name):
                expected = file.read_text(encoding="utf-8")
                actual = transcript(expected, cache.name)
                difference = "".join(difflib.unified_diff(
                    expected.splitlines(keepends=True), actual.splitlines(keepends=True),
                    f"{file.name} (golden)", "now"))
                self.assertEqual(difference, "", f"\n{difference}")

    def test_every_subcommand_has_a_golden_file(self):
        help_text = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True,
                                   check=True).stdout
        listed = help_text.split("Subcommands:")[1]
        subcommands = re.findall(r"^  (\w+) ", listed, flags=re.MULTILINE)
        self.assertGreater(len(subcommands), 7)
        for subcommand in subcommands:
            self.assertTrue((GOLDEN / f"{subcommand}.txt").exists(), subcommand)


if __name__ == "__main__":
    if "--update" in sys.argv:
        with tempfile.TemporaryDirectory() as kept:
            for golden_file in golden_files():
                golden_file.write_text(transcript(golden_file.read_text(encoding="utf-8"), kept),
                                       encoding="utf-8")
        sys.exit(0)
    unittest.main(argv=sys.argv[:1], verbosity=2)
