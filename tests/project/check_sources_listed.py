"""Every C++ source is listed in a CMake file, so that none is silently left out of the build."""

import re

import tree

FOLDERS = ["src", "apps", "tests", "bench", "examples", "python"]


def listed_sources(root):
    """Paths that CMake files name, each relative to the folder of its file; variables that name a
    source folder are resolved."""
    listed = set()
    for path in tree.files(root, ["."], {".txt", ".cmake"}):
        text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
        text = text.replace("${CMAKE_CURRENT_SOURCE_DIR}/", "")
        text = text.replace("${PROJECT_SOURCE_DIR}", str(root))
        for word in re.split(r'[\s()";<>:]+', text):
            if word.endswith(".cpp"):
                listed.add((path.parent / word).resolve())
    return listed


def check(root):
    listed = listed_sources(root)
    return [
        f"{path.relative_to(root)}: no CMakeLists.txt or .cmake file lists it"
        for path in tree.files(root, FOLDERS, {".cpp"})
        if path.resolve() not in listed
    ]


def self_check():
    bad = {
        "src/moo/CMakeLists.txt": "ecnas_module(moo\n  SOURCES listed.cpp # forgotten.cpp\n)\n",
        "src/moo/listed.cpp": "",
        "src/moo/forgotten.cpp": "",
        "bench/moo.cmake": "ecnas_benchmark(moo_bench moo/bench.cpp)\n",
        "bench/moo/bench.cpp": "",
        "bench/bench.cpp": "",
    }
    with tree.made_up(bad) as name:
        root = tree.pathlib.Path(name).resolve()
        tree.expect(check(root), ["src/moo/forgotten.cpp", "bench/bench.cpp"])


if __name__ == "__main__":
    tree.main(check, self_check)
