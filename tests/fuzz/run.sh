#!/bin/sh
# Runs every fuzz target for some seconds: tests/fuzz/run.sh [SECONDS].
# Build them first: cmake --preset fuzz && cmake --build --preset fuzz
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-10}
data=${ECNAS_DATA_DIR:-../shared/data}
program=build/release/bin/ecnas
corpus=build/fuzz/corpus
findings=build/fuzz/findings/

mkdir -p $findings
[ -x $program ] || program=
# shellcheck disable=SC2086  # no program: no argument
python3 tests/fuzz/make_corpus.py "$data" $corpus $program

for target in build/fuzz/bin/fuzz_*; do
  [ -x "$target" ] || { echo "no fuzz targets in build/fuzz/bin; build them first" >&2; exit 1; }
  name=$(basename "$target")
  log=build/fuzz/$name.log
  # Inputs it discovers go to a second folder, so that seeds stay what they are.
  mkdir -p "$corpus/$name" "$corpus/$name-found"
  if ! "$target" -max_total_time="$seconds" -seed=1 -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix=$findings -print_final_stats=1 "$corpus/$name-found" "$corpus/$name" \
    >"$log" 2>&1; then
    tail -n 60 "$log"
    echo "$name: failed; the input lies in $findings" >&2
    exit 1
  fi
  echo "$name: $(sed -n 's/stat::number_of_executed_units: *//p' "$log") inputs in $seconds s"
done
