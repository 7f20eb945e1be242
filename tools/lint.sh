#!/usr/bin/env bash
# What CI refuses: unformatted files, clang-tidy findings (names, bugs), names that say nothing, generated files that
# are not current. usage: tools/lint.sh [files...]   (default: every file for the quick checks, all of src/ for clang-tidy)
source "$(dirname "$0")/strict.sh"
mapfile -t sources <<< "$(git ls-files '*.cc' '*.h')"
clang-format-19 --dry-run --Werror "${sources[@]}"

vague=$(git ls-files | grep -Ei '(^|/)(utils?|helpers?|common|misc|manager|impl)(/|\.|_)' || [ $? -eq 1 ])
[ -z "$vague" ] || { echo "Name these after what they hold:" $vague >&2; exit 1; }
long=$(git ls-files 'src/*.cc' 'src/*.h' | xargs wc -l | awk '$2 != "total" && $1 > 500 {print $2 " (" $1 " lines)"}')
[ -z "$long" ] || { echo "Split these, one main class a file:" $long >&2; exit 1; }

# A page that the program writes names the command on its first line. Not with files given: the programs may then be older than the page.
if [ $# -eq 0 ]; then
  pages=$(git grep --max-count=1 '^<!-- Written by `sagebrush ' -- '*.md')
  while IFS=: read -r page line; do
    command=build/bin/$(cut -d'`' -f2 <<< "$line")
    written=$($command)
    [ "$written" = "$(< "$page")" ] || { echo "$page is not current. Run: $command > $page" >&2; exit 1; }
  done <<< "$pages"
fi

if [ $# -gt 0 ]; then units=("$@"); else mapfile -t units <<< "$(git ls-files 'src/*.cc' | grep -v '_test\.cc$')"; fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
say "clang-tidy: ${#units[@]} files"
# It counts on stderr the warnings that it does not show.
printf '%s\0' "${units[@]}" | xargs -0 -P "$(nproc)" -n 4 clang-tidy-19 -p build --quiet --extra-arg=-Wno-everything 2> "$log" ||
  { grep -v ' warnings\? .*generated\.$' "$log" >&2 || true; false; }
