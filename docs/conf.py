"""The documentation as pages: `tools/build_docs.sh`."""

import pathlib

import ecnas

project = "ecnas"
author = "the authors of ecnas"
copyright = author  # noqa: A001
version = release = ecnas.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "breathe",
]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["images/reproduce/*.md"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
nitpicky = False

html_theme = "furo"
html_title = "ecnas"

# What the core's docstrings say, one paragraph a line, as plain text.
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_mock_imports = []
autosummary_generate = False

breathe_projects = {"ecnas": str(pathlib.Path(__file__).parent / ".." / "build" / "doxygen" / "xml")}
breathe_default_project = "ecnas"
