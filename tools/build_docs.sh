#!/bin/sh
# The documentation as pages: the documents, the notebooks (run), the Python package's docstrings, the
# public headers and the program's help. A warning is an error.
#
#   tools/build_docs.sh PYTHON [DIRECTORY]     default: build/docs
#
# PYTHON is of an environment in which ecnas, tests/python/requirements.txt and docs/site/requirements.txt
# are installed; doxygen is on the path (./setup.sh installs it).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
python=$1
directory=${2:-$root/build/docs}
mkdir -p "$root/build/doxygen" "$directory"
(cd "$root/docs/site" && doxygen Doxyfile)
rm -rf "$directory" "$root/build/doctrees"
"$python" -m sphinx --fail-on-warning --keep-going --quiet --builder html \
  --conf-dir "$root/docs/site" --doctree-dir "$root/build/doctrees" "$root" "$directory"
"$python" "$root/tests/project/check_pages.py" "$directory"
echo "documentation: $directory/index.html"
