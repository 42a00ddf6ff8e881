#!/usr/bin/env bash
# Runs one fuzz target of build/fuzz over its corpus for some seconds, and prints one line. Called by `./run fuzz`.
#   tools/fuzz_one.sh TARGET SECONDS
set -uo pipefail
target=$1 seconds=$2
learnt=build/fuzz/corpus/$target
log=build/fuzz/logs/$target.log
mkdir -p "$learnt"
# No input may take 25 s or 2 GiB.
TIMEFORMAT='%U %S'
spent=$({ time "build/fuzz/fuzzers/$target" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 -print_final_stats=1 \
  -artifact_prefix="build/fuzz/found/$target-" "$learnt" testdata/*/corpus/"$target" >"$log" 2>&1; } 2>&1)
status=$?
# On a busy machine the clock says little: this is what was searched.
processor=$(awk '{ printf "%.0f", $1 + $2 }' <<<"$spent")
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)
if [ "$status" -eq 0 ]; then result=clean; else result="FAILED, see $log"; fi
printf '%-26s %5s s of processor time %12s runs  %-12s %s\n' "$target" "$processor" "${runs:-?}" "${coverage:-cov: ?}" "$result"
exit "$status"
