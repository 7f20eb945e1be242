#!/usr/bin/env bash
# Builds every fuzz target and runs each for a while, as many at once as there are cores; tells all findings.
# usage: tools/fuzz.sh [seconds] [targets...]    10 seconds by default; CI gives 60
# Inputs that reach new code are kept between runs in SAGEBRUSH_FUZZ (default ~/.cache/sagebrush/fuzz), beside the findings. A run without a finding
# leaves of them only those that are needed to reach what all reach, so that they do not grow without bound.
source "$(dirname "$0")/strict.sh"
seconds=${1:-10}
[ $# -eq 0 ] || shift
build=${SAGEBRUSH_BUILD_DIR:-build-debug}
kept=${SAGEBRUSH_FUZZ:-${XDG_CACHE_HOME:-$HOME/.cache}/sagebrush/fuzz}
if [ $# -gt 0 ]; then targets=("$@"); else mapfile -t targets <<< "$(cd tests/fuzz && printf '%s\n' *_fuzz.cc | sed 's/\.cc$//')"; fi
tools/build.sh --preset debug "${targets[@]}"
export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=detect_stack_use_after_return=1
limits=(-timeout=10 -rss_limit_mb=2048 -max_len=8192 -close_fd_mask=1)
mkdir -p "$kept"/{corpus,findings}

# usage: minimise TARGET
minimise() {
  local program=$build/bin/$1 corpus=$kept/corpus/$1
  rm -rf "$corpus.new"
  mkdir "$corpus.new"
  "$program" -merge=1 "${limits[@]}" "$corpus.new" "$corpus" > "$kept/findings/$1.merge.log" 2>&1
  rm -rf "$corpus"
  mv "$corpus.new" "$corpus"
}

# usage: try_target TARGET    Ends with 1 after a finding.
try_target() (
  program=$build/bin/$1 corpus=$kept/corpus/$1 seeds=$build/seeds/$1 shared=tests/fuzz/corpus/$1 log=$kept/findings/$1.log
  mkdir -p "$corpus"
  exec 9> "$corpus.lock"
  flock 9
  .venv/bin/python tests/fuzz/seeds.py "$1" "$seeds"
  directories=("$corpus" "$seeds")
  [ ! -d "$shared" ] || directories+=("$shared")
  # It begins with all inputs that are kept: what one of them has come to break is a finding too.
  if ! "$program" -max_total_time="$seconds" "${limits[@]}" -artifact_prefix="$kept/findings/$1-" "${directories[@]}" 2> "$log"; then
    tail -60 "$log" >&2
    exit 1
  fi
  minimise "$1"
  printf '%-28s %s\n' "$1" "$(grep -E '^Done ' "$log")"
)

declare -A running=()
failed=()
reap() {
  local pid status=0
  wait -n -p pid || status=$?
  [ $status -eq 0 ] || failed+=("${running[$pid]}")
  unset "running[$pid]"
}

say "Fuzzing ${#targets[@]} targets for $seconds s each, $(nproc) at a time"
for target in "${targets[@]}"; do
  [ ${#running[@]} -lt "$(nproc)" ] || reap
  try_target "$target" &
  running[$!]=$target
done
while [ ${#running[@]} -gt 0 ]; do reap; done

[ ${#failed[@]} -gt 0 ] || exit 0
echo "Findings: ${#failed[@]}" >&2
for target in "${failed[@]}"; do
  input=$(sed -n 's/.*Test unit written to //p' "$kept/findings/$target.log" | tail -1)
  echo "$target: ${input:-no input; see $kept/findings/$target.log}${input:+; repeat with: $build/bin/$target $input}" >&2
done
exit 1
