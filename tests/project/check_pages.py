"""The pages that tools/build_docs.sh made hold together: every link and anchor within them leads
somewhere, and all that is public is told: each header, each name of the Python package, each
subcommand.

    check_pages.py DIRECTORY
"""

import functools
import html.parser
import pathlib
import re
import urllib.parse

import tree

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.anchors, self.links = set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors |= {values[key] for key in ("id", "name") if values.get(key)}
        target = values.get("href") if tag in ("a", "link") else values.get("src")
        if target:
            self.links.append(target)


@functools.cache
def page(path):
    return Page(path)


def broken_links(directory):
    for path in sorted(directory.rglob("*.html")):
        for link in page(path).links:
            split = urllib.parse.urlsplit(link)
            if split.scheme or split.netloc:
                continue
            aimed = (
                (path.parent / urllib.parse.unquote(split.path)).resolve() if split.path else path
            )
            where = f"{path.relative_to(directory)}: {link}"
            if not aimed.is_file():
                yield f"{where}: no such file"
            elif split.fragment and aimed.suffix == ".html":
                if urllib.parse.unquote(split.fragment) not in page(aimed).anchors:
                    yield f"{where}: no such anchor"


def bodies(directory):
    """Declarations are shown, not how they are kept."""
    for path in sorted((directory / "docs" / "reference" / "cpp").glob("*.html")):
        for code in re.findall(r"<pre>(.*?)</pre>", path.read_text(encoding="utf-8"), re.DOTALL):
            for line in re.sub(r"<[^>]*>", "", code).split("\n"):
                if re.search(r"^ *private:|\breturn\b|^ +: \w+_\(", line.split("//")[0]):
                    yield f"{path.relative_to(directory)}: shows {line.strip()}"


def untold(directory, root):
    reference = directory / "docs" / "reference"
    for header in sorted((root / "include" / "ecnas").glob("*/*.hpp")):
        module, name = header.parent.name, header.stem.replace("_", "-")
        if f"header-{module}-{name}" not in page(reference / "cpp" / f"{module}.html").anchors:
            yield f"{header.relative_to(root)} is not in the reference"
    package = (root / "python" / "ecnas" / "__init__.py").read_text(encoding="utf-8")
    names = re.findall(
        r'^    "(\w+)",$', package.split("__all__ = [")[1].split("]")[0], re.MULTILINE
    )
    told = {
        anchor for path in (reference / "python").glob("*.html") for anchor in page(path).anchors
    }
    for name in names:
        if name != "__version__" and not told & {f"ecnas.{name}", f"module-ecnas.{name}"}:
            yield f"ecnas.{name} is not in the reference"
    program = reference / "program.html"
    listed = program.read_text(encoding="utf-8").split("Subcommands:")[1].split("\n\n")[0]
    for command in re.findall(r"^  (\w+) ", listed, re.MULTILINE):
        if command not in page(program).anchors | {"train"}:  # a program of its own
            yield f"ecnas {command} is not in the reference"


def check(directory, root=ROOT):
    return [*broken_links(directory), *bodies(directory), *untold(directory, root)]


def self_check():
    reference = "pages/docs/reference"
    bad = {
        "include/ecnas/core/told.hpp": "",
        "include/ecnas/core/not_told.hpp": "",
        "python/ecnas/__init__.py": '__all__ = [\n    "Told",\n    "NotTold",\n]\n',
        "pages/index.html": '<a href="docs/nowhere.html">a</a> <a href="#here" id="here">b</a>'
        f'<a href="{reference[6:]}/cpp/core.html#header-core-lost">c</a> <img src="gone.png">'
        '<a href="https://example.org/x">d</a>',
        f"{reference}/cpp/core.html": '<h2 id="header-core-told"></h2><pre>int kept() {\n'
        "  return <b>1</b>;\n}\n// return to sender\n private:</pre>",
        f"{reference}/python/all.html": '<p id="ecnas.Told"></p>',
        f"{reference}/program.html": '<h2 id="query"></h2>Subcommands:\n  query   Asks\n'
        "  verify  Checks\n  train   Trains\n\nA TABLE",
    }
    with tree.made_up(bad) as name:
        root = pathlib.Path(name).resolve()
        tree.expect(
            check(root / "pages", root),
            [
                "index.html: docs/nowhere.html: no such file",
                "core.html#header-core-lost: no such anchor",
                "index.html: gone.png: no such file",
                "core.html: shows return 1;",
                "core.html: shows private:",
                "not_told.hpp is not in the reference",
                "ecnas.NotTold is not in the reference",
                "ecnas verify is not in the reference",
            ],
        )


if __name__ == "__main__":
    tree.main(check, self_check)
