#!/bin/sh
# The Python package's own tests with its core under the address and undefined-behaviour sanitizers.
#
#   tools/test_python_asan.sh PYTHON
#
# PYTHON is of an environment with tests/python/requirements.txt: tools/test_wheel.sh leaves one in
# build/wheel/numpy-2. Leaks are not looked for, for the interpreter has its own; a test of growth
# looks for them (test_process.py).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -eq 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
python=$1
package=$root/build/asan/package

"$python" -m pip install -q "nanobind>=2.4,<3"
cmake --preset asan -DECNAS_BUILD_PYTHON=ON -DPython_EXECUTABLE="$python" >/dev/null
cmake --build --preset asan --target ecnas_python ecnas
rm -rf "$package"
mkdir -p "$package"
cp -r "$root/python/ecnas" "$package"
cp "$root"/build/asan/python/_core*.so "$package/ecnas"
mkdir "$package/ecnas/bin"
cp "$root/build/asan/bin/ecnas" "$package/ecnas/bin"

# The interpreter has not the sanitizers in it, so they come before it.
libraries=$(for name in asan ubsan stdc++; do gcc -print-file-name=lib$name.so; done | tr '\n' ' ')
cd "$root/tests/python"
LD_PRELOAD=$libraries PYTHONPATH=$package ASAN_OPTIONS=detect_leaks=0 \
  UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
  "$python" -m pytest -q -p no:cacheprovider test_space.py test_table.py test_search.py \
  test_tracker.py test_process.py test_compat_nasbench.py test_compat_ecnas.py
