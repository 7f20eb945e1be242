#!/usr/bin/env bash
# Installs the package in a plain Debian 12, where nothing was ever built, and uses it as a newcomer would. usage, as root: tests/deb/run.sh PACKAGE
source "$(dirname "$0")/../../tools/strict.sh"
package=$(cd "$strict_began" && realpath "$1")
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
[ -f "$package" ] || { echo "tests/deb/run.sh: $package is missing: run \`make deb\` first" >&2; exit 1; }
cp "$package" tests/deb/inside.sh tools/strict.sh "$files"
setpriv --pdeathsig TERM tools/fresh.sh --files "$files" 'bash /files/inside.sh'
