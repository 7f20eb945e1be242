#!/usr/bin/env bash
# Makes the Python environment DIRECTORY with the packages that FILE pins; does nothing where they are there already.
# usage: tools/python_environment.sh DIRECTORY FILE
source "$(dirname "$0")/strict.sh"
environment=$1 file=$2
wanted=$(sha256sum "$file")
[ "$(cat "$environment/requirements.sha256" 2> /dev/null || true)" != "$wanted" ] || exit 0
packages=$(sed 's/#.*//' "$file" | awk 'NF {printf "%s%s", n++ ? ", " : "", $1} END {print " (" n " packages and what they need)"}')
say "Python packages into $environment: $packages"
python3 -m venv "$environment"
# pip names each package that it fetches; how many there will be it does not know.
"$environment/bin/python" -m pip install --disable-pip-version-check --progress-bar off -r "$file" |
  sed -uE 's/^ *(Collecting|Downloading|Using cached|Building|Preparing|Installing) /[0\/0] \1 /; t; s/^/[0\/0] /' |
  tools/progress.sh "$environment"
printf '%s\n' "$wanted" > "$environment/requirements.sha256"
