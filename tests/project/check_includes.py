"""Includes follow the arrows of the design: which module may include which, and which outside
library. `python3 check_includes.py ROOT` prints what breaks them."""

import re

import tree

# module: (modules it may include, outside libraries it may include). Every module may include fmt,
# because core's public interface carries it. The reasons stand in docs/decisions/0001-dependencies.md.
ALLOWED = {
    "core": (set(), {"fmt"}),
    "stats": ({"core"}, set()),
    "space": ({"core"}, set()),
    "moo": ({"core"}, set()),
    "net": ({"core"}, {"curl", "openssl"}),
    "energy": ({"core", "net", "stats"}, {"nlohmann"}),
    "table": ({"space", "core"}, {"nlohmann", "simdjson", "archive", "xxhash"}),
    "surrogate": ({"table", "space", "stats", "core"}, {"xgboost", "eigen", "nlohmann"}),
    "search": ({"moo", "table", "surrogate", "space", "stats", "core"}, {"eigen"}),
    "analysis": ({"table", "space", "moo", "stats", "core"}, set()),
    "sweep": ({"table", "space", "surrogate", "energy", "core"}, {"toml++", "nlohmann"}),
    "train": ({"space", "energy", "table", "core"}, {"torch", "jpeg", "png", "xxhash", "zlib", "nlohmann"}),
    "report": (
        {"analysis", "search", "surrogate", "table", "moo", "space", "stats", "core"},
        {"graphviz", "nlohmann", "zlib"},
    ),
}
ALL_MODULES = set(ALLOWED)
APPS = (ALL_MODULES - {"train"}, {"CLI11", "httplib", "nlohmann"})

# A file that reports the versions of all libraries includes them for that.
REPORTS_VERSIONS = "apps/ecnas/version.cpp"

# How an angle-bracketed header names its library.
LIBRARIES = {
    "fmt": r"fmt/",
    "pagmo": r"pagmo/",
    "curl": r"curl/",
    "openssl": r"openssl/",
    "nlohmann": r"nlohmann/",
    "simdjson": r"simdjson\.h",
    "archive": r"archive(_entry)?\.h",
    "xxhash": r"xxh(ash|3)\.h",
    "xgboost": r"xgboost/",
    "eigen": r"Eigen/",
    "toml++": r"toml\+\+/",
    "torch": r"(torch|ATen|c10)/",
    "graphviz": r"(graphviz/|gvc\.h|cgraph\.h|cdt\.h)",
    "CLI11": r"CLI/",
    "zlib": r"zlib\.h",
    "jpeg": r"jpeglib\.h",
    "png": r"png\.h",
    "httplib": r"httplib\.h",
}
# C++ headers have no suffix; of the C and POSIX ones, these.
STANDARD = re.compile(
    r"[a-z_]+|(immintrin|arm_neon|dirent|dlfcn|fcntl|poll|pthread|sched|signal|spawn|termios|time|unistd)\.h"
    r"|(sys|linux)/[a-z_]+\.h"
)
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")', re.MULTILINE)


def library_of(header):
    """The library that <header> belongs to, "" for the standard one, None if unknown."""
    for library, pattern in LIBRARIES.items():
        if re.match(pattern, header):
            return library
    return "" if STANDARD.fullmatch(header) else None


def owner_of(inside):
    """The module (or "apps", "apps-train") that a path belongs to."""
    parts = inside.parts
    if parts[0] == "include":
        return parts[2]
    if parts[0] == "src":
        return parts[1]
    return "apps-train" if parts[1] == "ecnas-train" else "apps"


def entitlement(owner):
    if owner == "apps":
        return APPS
    if owner == "apps-train":
        return (ALL_MODULES, APPS[1] | {"torch"})
    return ALLOWED.get(owner)


def complaint(root, path, angled, quoted):
    """Why one include is not allowed, or None."""
    inside = path.relative_to(root)
    owner = owner_of(inside)
    modules, libraries = entitlement(owner)
    if angled:
        library = library_of(angled)
        if library is None:
            return f"<{angled}> belongs to no known library; add it to {__file__}"
        known = libraries | {"", "fmt"}
        if library not in known and inside.as_posix() != REPORTS_VERSIONS:
            return f"{owner} may not include {library} (<{angled}>)"
        return None
    parts = quoted.split("/")
    if parts[0] == "ecnas" and len(parts) > 2:
        module = parts[1]
    elif parts[0] in ALL_MODULES:
        module = parts[0]
        if inside.parts[0] == "include":
            return f'public header includes a private one ("{quoted}")'
        if module != owner:
            return f'"{quoted}" is private to {module}'
    elif (path.parent / quoted).is_file() or (root / "apps" / quoted).is_file():
        return None  # a neighbour, within its own module
    else:
        return f'"{quoted}" is neither "ecnas/<module>/…", "<module>/…" nor a neighbour'
    if module != owner and module not in modules:
        return f'{owner} may not include {module} ("{quoted}")'
    return None


def check(root):
    violations = []
    for path in tree.files(root, ["include/ecnas", "src", "apps"], {".hpp", ".h", ".cpp"}):
        inside = path.relative_to(root)
        if entitlement(owner_of(inside)) is None:
            violations.append(f"{inside}: '{owner_of(inside)}' is no module of the design")
            continue
        text = path.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            reason = complaint(root, path, match.group(1), match.group(2))
            if reason:
                line = text.count("\n", 0, match.start(0) + 1) + 1
                violations.append(f"{inside}:{line}: {reason}")
    return violations


def self_check():
    bad = {
        "include/ecnas/core/a.hpp": '#include "ecnas/space/cell.hpp"\n#include <vector>\n',
        "include/ecnas/table/a.hpp": '#include "table/private.hpp"\n#include <fmt/format.h>\n',
        "src/moo/a.cpp": '#include "ecnas/moo/x.hpp"\n  #  include "ecnas/table/table.hpp"\n',
        "src/moo/b.cpp": "#include <pagmo/utils/hypervolume.hpp>\n",
        "src/space/a.cpp": "#include <xxhash.h>\n#include <boost/any.hpp>\n",
        "src/search/a.cpp": '#include "table/reader.hpp"\n#include "search/own.hpp"\n',
        "src/table/b.cpp": '#include <nlohmann/json.hpp>\n#include <sys/mman.h>\n',
        "src/oddity/a.cpp": "#include <vector>\n",
        "apps/ecnas/a.cpp": '#include <CLI/CLI.hpp>\n#include "b.hpp"\n#include <torch/torch.h>\n',
        "apps/ecnas/b.hpp": '#include "ecnas/search/search.hpp"\n#include "c.hpp"\n',
    }
    with tree.made_up(bad) as name:
        tree.expect(
            check(tree.pathlib.Path(name)),
            [
                "include/ecnas/core/a.hpp:1: core may not include space",
                "include/ecnas/table/a.hpp:1: public header includes a private one",
                "src/moo/a.cpp:2: moo may not include table",
                "src/moo/b.cpp:1: moo may not include pagmo",
                "src/space/a.cpp:1: space may not include xxhash",
                "src/space/a.cpp:2: <boost/any.hpp> belongs to no known library",
                'src/search/a.cpp:1: "table/reader.hpp" is private to table',
                "src/oddity/a.cpp: 'oddity' is no module",
                "apps/ecnas/a.cpp:3: apps may not include torch",
                'apps/ecnas/b.hpp:2: "c.hpp" is neither',
            ],
        )


if __name__ == "__main__":
    tree.main(check, self_check)
