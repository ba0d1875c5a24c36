"""What the pages take from the repository itself, for Sphinx:

- links to files: to a public header leads to its reference, to another file downloads it, to a
  folder is text;
- `{program-help} [SUBCOMMAND]`: what the program prints when asked for help.
"""

import os
import pathlib
import re
import subprocess
import sys

from cpp_headers import label_of
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INCLUDE = pathlib.Path("include", "ecnas")

# Links, and the code in which none is meant. A link may have code for its text.
LINK_OR_CODE = re.compile(
    r"(?P<indent>^ *)(?:```|~~~).*?^(?P=indent)(?:```|~~~) *$"
    r"|\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^()\s#:]+)(?:#[^()\s]*)?\)"
    r"|`[^`\n]*`",
    re.DOTALL | re.MULTILINE,
)

# A folder's README leads to its pages.
FOLDER = "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"


def rewritten(match, folder):
    """A Markdown link, led to where the pages have what it names; code as it is."""
    if match["target"] is None:
        return match[0]
    target = pathlib.Path(os.path.normpath(folder / match["target"]))
    if target.is_relative_to(ROOT / INCLUDE) and target.suffix == ".hpp":
        module, header = target.relative_to(ROOT / INCLUDE).with_suffix("").parts
        return f"[{match['text']}](#{label_of(module, header)})"
    if target.is_dir():
        index = target / "README.md" if (target / "README.md").exists() else target / "index.md"
        if not index.exists():
            return match["text"]
        return f"[{match['text']}]({os.path.relpath(index, folder)})"
    return match[0]


def lead_links(app, document, source):
    """Called with each document's text before it is parsed."""
    path = pathlib.Path(app.env.doc2path(document))
    if path.suffix != ".md":
        return
    source[0] = LINK_OR_CODE.sub(lambda match: rewritten(match, path.parent), source[0])
    if document.startswith("docs/") and document.endswith("/README"):
        source[0] += FOLDER


class ProgramHelp(SphinxDirective):
    """`{program-help} [SUBCOMMAND]`"""

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self):
        words = self.arguments[0].split() if self.arguments else []
        command = [sys.executable, "-m", "ecnas", *words, "--help"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return [nodes.literal_block(said, said, language="text")]


def setup(app):
    app.connect("source-read", lead_links)
    app.add_directive("program-help", ProgramHelp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
