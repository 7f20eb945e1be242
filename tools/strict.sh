# Sourced first by every script of the project: `source "$(dirname "$0")/strict.sh"`. From then on a command that fails ends the script, also
# inside a function, a pipe or $(...), and is named: nothing here ends without a word. The project's folder becomes the current one.
# What it cannot see is the end of `<(command)`; the scripts do without (tests/tools/test_scripts.py).
set -Eeuo pipefail
shopt -s inherit_errexit

strict_began=$PWD
# Prints the line that failed, then those that called it. usage: strict_report STATUS PIPE_STATUSES
strict_report() {
  local status=$1 pipe=$2 level file line text said
  [[ $pipe != *' '* ]] || status="$status (of the pipe: $pipe)"
  said="failed with status $status"
  for ((level = 1; level < ${#FUNCNAME[@]}; ++level)); do
    file=${BASH_SOURCE[level]} line=${BASH_LINENO[level - 1]}
    text=$(cd "$strict_began" && sed -n "${line}s/^ *//p" "$file" 2> /dev/null) || true
    printf '%s:%s: %s: %s\n' "$file" "$line" "$said" "$text" >&2
    said="called"
  done
}
trap 'strict_report "$?" "${PIPESTATUS[*]}"' ERR

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What a script is about to do, for whoever waits for it.
say() { printf '== %s\n' "$*"; }
[ ! -t 1 ] || say() { printf '\033[1m%s\033[0m\n' "$*"; }
