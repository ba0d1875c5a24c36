#!/bin/sh
# Builds the Python package as anybody would, in isolation from this tree's environments, installs it
# into a new environment and runs its tests from outside the tree; then the tests of the core again
# beside NumPy 1.
#
#   tools/test_wheel.sh [DIRECTORY]     default: build/wheel
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
directory=${1:-$root/build/wheel}
python=/usr/bin/python3
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)

# The compiler's cache knows what the release build compiled: the same compiler by the same name (else
# Python's own is taken), warnings as errors, a directory that lies equally deep.
export CC=${CC:-/usr/bin/cc} CXX=${CXX:-/usr/bin/c++}
rm -rf "$directory/dist"
"$python" -m venv --clear "$directory/tools"
"$directory/tools/bin/pip" install -q build mypy==1.20.2
"$directory/tools/bin/python" -m build --wheel --outdir "$directory/dist" \
  -Ccmake.define.ECNAS_WERROR=ON -Cbuild-dir="$root/build/python" "$root" >"$directory/build.log" 2>&1 || {
  tail -n 40 "$directory/build.log" >&2
  exit 1
}
wheel=$(ls "$directory"/dist/ecnas-*.whl)
echo "wheel: $(basename "$wheel"), $(du -h "$wheel" | cut -f1)"

export KERAS_BACKEND=jax
# PyTorch is the distribution's, which is built for NumPy 1.
test_in() {
  environment=$1
  shift
  "$python" -m venv --clear "$@" "$directory/$environment"
  "$directory/$environment/bin/pip" install -q "$wheel" $packages
  rm -rf "$directory/tests"
  cp -r "$root/tests/python" "$directory/tests"
  mkdir "$directory/tests/examples"
  cp "$root"/examples/*.ipynb "$directory/tests/examples"
  mkdir "$directory/tests/documents"
  cp "$root/README.md" "$root"/docs/python*.md "$directory/tests/documents"
  echo "tests beside NumPy $("$directory/$environment/bin/python" -c 'import numpy; print(numpy.__version__)')"
  (cd "$directory/tests" && "$directory/$environment/bin/python" -m pytest -q -p no:cacheprovider $chosen)
}

packages="-r $root/tests/python/requirements.txt"
chosen=.
test_in numpy-2
# With it those versions of the frameworks that it serves.
packages="numpy==1.26.4 pandas==2.3.3 pytest==8.4.2 networkx==3.6.1
  lightning==2.0.9 transformers==4.41.2 accelerate==0.30.1"
chosen="test_space.py test_table.py test_search.py test_process.py test_compat_nasbench.py
  test_compat_ecnas.py test_torch.py test_callbacks.py"
test_in numpy-1 --system-site-packages

echo "types"
"$directory/numpy-2/bin/python" -m mypy --config-file "$root/pyproject.toml" "$root/python/ecnas"
"$directory/numpy-2/bin/python" -m mypy.stubtest ecnas._core --mypy-config-file "$root/pyproject.toml" \
  --allowlist "$root/tests/python/stubtest-allowed.txt"
