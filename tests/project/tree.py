"""What the checks of this folder share: walking the tree, made-up trees, reporting."""

import argparse
import os
import pathlib
import sys
import tempfile

SKIPPED = {"build", ".venv", "node_modules", ".git", ".cache", "shared", "__pycache__"}


def files(root, folders, suffixes):
    """Files under `root`/`folders` with one of `suffixes`, sorted; generated folders left out."""
    found = []
    for folder in folders:
        for directory, inner, names in os.walk(root / folder):
            inner[:] = [name for name in inner if name not in SKIPPED]
            paths = (pathlib.Path(directory, name) for name in names)
            found += [path for path in paths if path.suffix in suffixes]
    return sorted(found)


def made_up(content):
    """A temporary tree from {relative path: text}; a context manager that gives its root."""
    directory = tempfile.TemporaryDirectory()
    for name, text in content.items():
        path = pathlib.Path(directory.name) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


def expect(violations, fragments):
    """Ends the program unless each fragment occurs in a violation of its own, and none is left."""
    unmatched = list(violations)
    for fragment in fragments:
        hits = [violation for violation in unmatched if fragment in violation]
        if not hits:
            sys.exit(f"self-check: no violation contains '{fragment}'; found: {violations}")
        unmatched.remove(hits[0])
    if unmatched:
        sys.exit(f"self-check: unexpected: {unmatched}")


def main(check, self_check):
    """`check(root)` gives violations, one line each; `self_check()` shows that it can fail."""
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=pathlib.Path, nargs="?")
    parser.add_argument("--self-check", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_check:
        self_check()
        return
    violations = check(arguments.root.resolve())
    for violation in violations:
        print(violation)
    if violations:
        sys.exit(f"{len(violations)} violations")
