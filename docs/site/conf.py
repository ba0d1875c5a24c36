"""The documentation as pages: `tools/build_docs.sh` builds it. Sources are the repository's own
documents where they lie, the notebooks, the docstrings of the Python package, the comments of the
public headers and the program's help."""

import importlib.util
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

import ecnas  # noqa: E402

project = "ecnas"
author = "the authors of ecnas"
copyright = author
version = release = ecnas.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "cpp_headers",
    "python_api",
    "repository",
]
root_doc = "docs/index"
include_patterns = [
    "docs/*.md",
    "docs/*/**.md",
    "docs/reference/cpp/*.rst",
    "examples/*.ipynb",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
]

smartquotes = False

exclude_patterns = ["build", ".venv", "**/node_modules", "data", "models"]  # not even walked

myst_enable_extensions = []  # what GitHub does not show is not written
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_in_temp = True
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# What an adapter imports need not be there for its page.
autodoc_mock_imports = [
    package
    for package in ("ConfigSpace", "lightning", "optuna", "pymoo", "torch", "transformers")
    if importlib.util.find_spec(package) is None
]

pygments_style = "friendly"
pygments_dark_style = "material"
html_theme = "furo"
html_title = "ecnas"
html_static_path = [str(HERE / "static")]
html_css_files = ["ecnas.css"]
html_extra_path = [str(HERE / "extra")]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {"color-brand-primary": "#1b6e8f", "color-brand-content": "#1b6e8f"},
    "dark_css_variables": {"color-brand-primary": "#6cc3e0", "color-brand-content": "#6cc3e0"},
}
