#!/usr/bin/env bash
# Builds every fuzz target and runs each for a while; stops at the first finding. usage: tools/fuzz.sh [seconds] [targets...]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-10}
[ $# -eq 0 ] || shift
build=${SAGEBRUSH_BUILD_DIR:-build-debug}
if [ $# -gt 0 ]; then targets=("$@"); else mapfile -t targets < <(cd tests/fuzz && printf '%s\n' *_fuzz.cc | sed 's/\.cc$//'); fi
tools/build.sh --preset debug "${targets[@]}"
export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=detect_stack_use_after_return=1
for target in "${targets[@]}"; do
  corpus=$build/corpus/$target seeds=$build/seeds/$target shared=tests/fuzz/corpus/$target
  mkdir -p "$corpus" "$build/findings"
  .venv/bin/python tests/fuzz/seeds.py "$target" "$seeds"
  directories=("$corpus" "$seeds")
  [ ! -d "$shared" ] || directories+=("$shared")
  log=$build/findings/$target.log
  if ! "$build/bin/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -close_fd_mask=1 \
       -artifact_prefix="$build/findings/$target-" "${directories[@]}" 2> "$log"; then
    tail -60 "$log" >&2
    echo "$target: a finding; its input is in $build/findings/" >&2
    exit 1
  fi
  printf '%-28s %s\n' "$target" "$(grep -E '^Done ' "$log")"
done
