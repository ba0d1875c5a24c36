#!/bin/sh
# The documentation as pages: docs/*.md with the Python package's docstrings and the public headers.
# A warning is an error.
#
#   tools/build_docs.sh PYTHON [DIRECTORY]     default: build/docs
#
# PYTHON is of an environment in which ecnas and docs/requirements.txt are installed; doxygen is on the
# path (./setup.sh).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
python=$1
directory=${2:-$root/build/docs}
mkdir -p "$root/build/doxygen" "$directory"
(cd "$root/docs" && doxygen Doxyfile)
"$python" -m sphinx -W --keep-going -q -b html "$root/docs" "$directory"
echo "documentation: $directory/index.html"
