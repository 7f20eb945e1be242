#!/usr/bin/env bash
# What CI refuses: unformatted files, clang-tidy findings (names, bugs), names that say nothing, paths of one machine.
# usage: tools/lint.sh [files...]   (default: every file for the quick checks, all of src/ for clang-tidy)
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t sources < <(git ls-files '*.cc' '*.h')
clang-format-19 --dry-run --Werror "${sources[@]}"

vague=$(git ls-files | grep -Ei '(^|/)(utils?|helpers?|common|misc|manager|impl)(/|\.|_)' || true)
[ -z "$vague" ] || { echo "Name these after what they hold:" $vague >&2; exit 1; }
long=$(git ls-files 'src/*.cc' 'src/*.h' | xargs wc -l | awk '$2 != "total" && $1 > 500 {print $2 " (" $1 " lines)"}')
[ -z "$long" ] || { echo "Split these, one main class a file:" $long >&2; exit 1; }

mapfile -t units < <(if [ $# -gt 0 ]; then printf '%s\n' "$@"; else git ls-files 'src/*.cc' | grep -v '_test\.cc$'; fi)
printf '%s\n' "${units[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build --quiet --extra-arg=-Wno-everything 2>/dev/null
