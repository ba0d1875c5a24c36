"""Documents keep their word: relative links and anchors lead somewhere, code quoted from an example
is what the example says, a folder's README lists the folder's documents, and every key that documents
or sources cite is in the bibliography.

A quote is a fenced block right after a comment that names its file:

    <!-- quote examples/query_table.cpp -->
    ```cpp
    …lines that stand together in that file, possibly indented less…
    ```
"""

import pathlib
import re
import textwrap

import tree

LINK = re.compile(r"\[[^\]\n]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|(?:src|href)=\"([^\"]+)\"")
QUOTE = re.compile(r"<!--\s*quote\s+(\S+)\s*-->\s*\n```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2 *$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`")
CITED = re.compile(r"\[([A-Z][A-Za-z]+\d\d(?:, [A-Z][A-Za-z]+\d\d)*)\]")
BIBLIOGRAPHY = pathlib.Path("docs", "references.bib")


def without_code(text):
    """The text with fenced blocks and code spans blanked, lines kept."""
    text = FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)
    return CODE.sub(lambda match: " " * len(match.group(0)), text)


def anchors(text):
    """The anchors that headings get: lower case, punctuation dropped, spaces to hyphens."""
    found = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))
    for heading in re.findall(r"^#+\s+(.*?)\s*#*$", FENCE.sub("", text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = 0
        while (anchor if number == 0 else f"{anchor}-{number}") in found:
            number += 1
        found.add(anchor if number == 0 else f"{anchor}-{number}")
    return found


def broken_links(root, path, text):
    for match in LINK.finditer(without_code(text)):
        target = match.group(1) or match.group(2)
        if re.match(r"[a-z][a-z0-9+.\-]*:", target):
            continue
        file, _, anchor = target.partition("#")
        aimed = (path.parent / file).resolve() if file else path
        line = text.count("\n", 0, match.start()) + 1
        if not aimed.exists() or not aimed.is_relative_to(root):
            yield f"{path.relative_to(root)}:{line}: link to {target}, which is not there"
        elif anchor and aimed.suffix == ".md":
            if anchor not in anchors(aimed.read_text(encoding="utf-8")):
                yield f"{path.relative_to(root)}:{line}: no heading makes the anchor of {target}"


def stands_in(quote, source):
    """Whether the lines of `quote` stand together in `source`, at any common indentation."""
    wanted = textwrap.dedent(quote).strip("\n").splitlines()
    lines = source.splitlines()
    for start in range(len(lines) - len(wanted) + 1):
        window = textwrap.dedent("\n".join(lines[start : start + len(wanted)]))
        if window.splitlines() == wanted:
            return True
    return False


def false_quotes(root, path, text):
    for match in QUOTE.finditer(text):
        source = root / match.group(1)
        line = text.count("\n", 0, match.start()) + 1
        if not source.is_file():
            yield f"{path.relative_to(root)}:{line}: quotes {match.group(1)}, which is not there"
        elif not stands_in(match.group(2), source.read_text(encoding="utf-8")):
            yield f"{path.relative_to(root)}:{line}: not what {match.group(1)} says"
    comments = len(re.findall(r"^<!--\s*quote\b", text, re.MULTILINE))
    if comments != len(QUOTE.findall(text)):
        yield f"{path.relative_to(root)}: a quote comment without a fenced block right after it"


def unlisted(root, path, text):
    """Documents beside a README that it has no link to."""
    if path.name != "README.md" or not path.is_relative_to(root / "docs"):
        return
    targets = {match.group(1) for match in LINK.finditer(without_code(text))}
    for document in sorted(path.parent.glob("*.md")):
        if document != path and document.name not in targets:
            yield f"{path.relative_to(root)}: does not list {document.name}"


def unknown_keys(root):
    file = root / BIBLIOGRAPHY
    entries = file.read_text(encoding="utf-8") if file.is_file() else ""
    known = set(re.findall(r"^@\w+\{([^,]+),", entries, re.MULTILINE))
    for path in tree.files(root, ["."], {".md", ".hpp", ".cpp"}):
        text = path.read_text(encoding="utf-8")
        for match in CITED.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            for key in match.group(1).split(", "):
                if key not in known:
                    yield f"{path.relative_to(root)}:{line}: {key} is not in {BIBLIOGRAPHY}"


def check(root):
    violations = list(unknown_keys(root))
    for path in tree.files(root, ["."], {".md"}):
        text = path.read_text(encoding="utf-8")
        violations += broken_links(root, path, text)
        violations += false_quotes(root, path, text)
        violations += unlisted(root, path, text)
    return violations


def self_check():
    bad = {
        "README.md": "# Title: one\n[a](docs/a.md#part-two) [b](docs/b.md) [c](#title-one)\n"
        "[d](docs/a.md#part-three) `[e](nowhere)` [f](https://example.org/x) [g](../outside)\n",
        "docs/a.md": "## Part two\n<!-- quote examples/x.cpp -->\n```cpp\nint a;\nif (a)\n  b();\n"
        "```\n<!-- quote examples/x.cpp -->\n```cpp\nint a;\nb();\n```\n"
        "<!-- quote examples/y.cpp -->\n```cpp\nint a;\n```\n",
        "docs/c.md": "<!-- quote examples/x.cpp -->\nno block\n",
        "docs/kinds/README.md": "[one](one.md)\n",
        "docs/kinds/one.md": "one\n",
        "docs/kinds/two.md": "two\n",
        "docs/references.bib": "@book{Known72,\n  year = {1972}\n}\n",
        "src/d.cpp": "/// @source [Known72], [Known72, Lost73]\nint a[A12];  // [Stray74]\n",
        "examples/x.cpp": "void f() {\n  int a;\n  if (a)\n    b();\n}\n",
    }
    with tree.made_up(bad) as name:
        tree.expect(
            check(tree.pathlib.Path(name).resolve()),
            [
                "README.md:2: link to docs/b.md",
                "README.md:3: no heading makes the anchor of docs/a.md#part-three",
                "README.md:3: link to ../outside",
                "docs/a.md:8: not what examples/x.cpp says",
                "docs/a.md:13: quotes examples/y.cpp",
                "docs/c.md: a quote comment without",
                "docs/kinds/README.md: does not list two.md",
                "src/d.cpp:1: Lost73 is not in docs/references.bib",
                "src/d.cpp:2: Stray74 is not in docs/references.bib",
            ],
        )


if __name__ == "__main__":
    tree.main(check, self_check)
