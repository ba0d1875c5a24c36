"""`cmake --install`, then a project of its own that finds, links and runs the installed library."""

import argparse
import json
import pathlib
import subprocess
import tempfile

# All components, so that every package they need is found and linked, not only ecnas::space's.
EVERYTHING = """
cmake_minimum_required(VERSION 3.25)
project(everything LANGUAGES CXX)
find_package(ecnas {version} REQUIRED COMPONENTS {components})
file(WRITE ${{PROJECT_BINARY_DIR}}/main.cpp [[{source}]])
add_executable(everything ${{PROJECT_BINARY_DIR}}/main.cpp)
target_link_libraries(everything PRIVATE {targets})
"""
OPEN_A_TABLE = """
#include <iostream>
#include "ecnas/table/builtin.hpp"
int main() { std::cout << ecnas::table::builtin_table("space-4v")->cells() << '\\n'; }
"""


def run(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(
            f"{' '.join(map(str, command))}\nexit status {result.returncode}\n"
            f"{result.stdout}{result.stderr}"
        )
    return result.stdout


def build_and_run(source, binary, prefix, program, options):
    run(options.cmake, "-S", source, "-B", binary, "-G", options.generator,
        f"-DCMAKE_CXX_COMPILER={options.compiler}", "-DCMAKE_BUILD_TYPE=Release",
        f"-DCMAKE_PREFIX_PATH={prefix}")  # fmt: skip
    run(options.cmake, "--build", binary)
    return run(binary / program).strip()


def expect(what, found, expected):
    if found != expected:
        raise SystemExit(f"{what}: found '{found}', expected '{expected}'")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--generator", default="Ninja")
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--version", required=True)
    parser.add_argument("--components", nargs="+", required=True)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        prefix = work / "prefix"
        run(options.cmake, "--install", options.build, "--prefix", prefix)

        consumer = options.source / "examples" / "consumer"
        count = build_and_run(consumer, work / "consumer", prefix, "count_cells", options)
        expect("cells of at most four vertices, counted by examples/consumer", count, "91")

        (work / "everything").mkdir()
        (work / "everything" / "CMakeLists.txt").write_text(
            EVERYTHING.format(
                version=options.version,
                source=OPEN_A_TABLE,
                components=" ".join(options.components),
                targets=" ".join(f"ecnas::{module}" for module in options.components),
            )
        )
        binary = work / "everything-build"
        cells = build_and_run(work / "everything", binary, prefix, "everything", options)
        expect("cells of the built-in table space-4v", cells, "91")

        counted = run(prefix / "bin" / "ecnas", "space", "count", "--max-vertices", "4", "--json")
        expect("cells that the installed program counts", json.loads(counted)["cells"], 91)


if __name__ == "__main__":
    main()
