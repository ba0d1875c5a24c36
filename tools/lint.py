"""Checks sources with clang: clang-tidy over modules and programs, warnings-as-errors over tests,
benchmarks and examples. What passed before, unchanged in its text, its headers and its flags, is
not checked again.

    python3 tools/lint.py --build build/release [--base REVISION] [--jobs N] [--limit SECONDS]

With --base only modules with changes since that revision are checked. At the limit the check stops
and says what it did not reach. Exit status 1 if anything was found.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMPILER, TIDY = "clang++-16", "clang-tidy-16"
STAMPS = pathlib.Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "ecnas-lint"
# The flags are those of g++, which knows warnings that clang does not; an assertion may say why it
# fails: ECNAS_ASSERT(!"reason").
GCC_ONLY = ("-fno-tree-", "-ftree-")
CLANG_FLAGS = ["-Wno-unknown-warning-option", "-Wno-string-conversion"]
# A change to one of these concerns every module.
EVERYWHERE = (".clang-tidy", "CMakeLists.txt", "CMakePresets.json", "cmake/", "tools/lint.py")


def module_of(path):
    """The module a path of the tree belongs to: `src/moo/…`, `tests/moo/…`, `bench/moo….` → moo."""
    parts = pathlib.PurePath(path).parts
    if parts[:2] == ("include", "ecnas"):
        return parts[2]
    if parts[0] in ("src", "tests") and len(parts) > 2:
        return parts[1]
    if parts[0] == "bench" and len(parts) > 1:
        return parts[1].split(".")[0].split("_")[0]
    return parts[0]


def changed_modules(base):
    """Modules with changes since `base`; None if every module may be concerned."""
    git = ["git", "-C", str(ROOT)]
    differing = subprocess.check_output([*git, "diff", "--name-only", base], text=True)
    new = subprocess.check_output([*git, "ls-files", "--others", "--exclude-standard"], text=True)
    paths = differing.split() + new.split()
    if any(path.startswith(EVERYWHERE) for path in paths):
        return None
    return {module_of(path) for path in paths}


def compile_commands(build):
    """(source, compiler flags) of every C++ source of the tree."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if not source.is_relative_to(ROOT) or source.is_relative_to(build):
            continue
        words = shlex.split(entry["command"])
        words = words[2:] if words[0].endswith("ccache") else words[1:]
        flags = []
        skip = False
        for word in words:
            if skip or word in ("-c", str(source)):
                skip = False
            elif word == "-o":
                skip = True
            elif not word.startswith(GCC_ONLY):
                flags.append(word)
        yield source, flags


def is_beyond_clang(flags):
    """clang 16 does not compile LibTorch 1.13's headers as C++20: a vector of an incomplete type."""
    return any("torch/csrc" in flag for flag in flags)


def check_command(source, flags):
    flags = [*flags, *CLANG_FLAGS]
    if source.relative_to(ROOT).parts[0] in ("src", "apps"):
        return [TIDY, "--quiet", str(source), "--", *flags]
    return [COMPILER, "-fsyntax-only", *flags, "-Werror", str(source)]


def stamp_of(source, flags, command):
    """A file that exists if exactly this passed before; None if the source does not preprocess."""
    expanded = subprocess.run(
        [COMPILER, "-E", "-C", *flags, *CLANG_FLAGS, str(source)], capture_output=True, check=False
    )
    if expanded.returncode != 0:
        return None
    key = hashlib.sha256(expanded.stdout)
    key.update((ROOT / ".clang-tidy").read_bytes() + repr(command).encode())
    return STAMPS / key.hexdigest()


def check(source, flags, deadline):
    """("passed" | "known" | "late" | "failed", output)."""
    if time.monotonic() > deadline:
        return "late", ""
    command = check_command(source, flags)
    stamp = stamp_of(source, flags, command)
    if stamp is not None and stamp.exists():
        return "known", ""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        return "failed", re.sub(r"^\d+ warnings.*generated\.\n", "", result.stdout + result.stderr)
    if stamp is not None:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
    return "passed", ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--base", help="check only modules changed since this revision")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=float, default=float("inf"), help="seconds")
    options = parser.parse_args()

    modules = changed_modules(options.base) if options.base else None
    commands = [
        (source, flags)
        for source, flags in compile_commands(options.build.resolve())
        if (modules is None or module_of(source.relative_to(ROOT)) in modules)
        and not is_beyond_clang(flags)
    ]
    # Modules and programs first: where time is short, tests wait.
    commands.sort(key=lambda command: command[0].relative_to(ROOT).parts[0] not in ("src", "apps"))
    print(f"modules: {'all' if modules is None else ' '.join(sorted(modules)) or 'none changed'}")

    deadline = time.monotonic() + options.limit
    counts = {"passed": 0, "known": 0, "late": 0, "failed": 0}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        tasks = {pool.submit(check, *command, deadline): command[0] for command in commands}
        for task in concurrent.futures.as_completed(tasks):
            outcome, output = task.result()
            counts[outcome] += 1
            if output:
                print(f"{tasks[task].relative_to(ROOT)}:\n{output}", flush=True)
            elif outcome == "late":
                print(f"not reached in {options.limit:.0f} s: {tasks[task].relative_to(ROOT)}")
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    sys.exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
