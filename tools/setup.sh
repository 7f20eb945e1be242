#!/usr/bin/env bash
# Installs what tools/packages.txt and tools/requirements.txt name. Does nothing when it is all there.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '%s\n' "$*"; }

mapfile -t packages < <(sed 's/#.*//' tools/packages.txt | awk 'NF{print $1}')
missing=$(dpkg-query -W -f='${Package} ${Status}\n' "${packages[@]}" 2>/dev/null | awk '/install ok installed/{print $1}' |
  sort | comm -13 - <(printf '%s\n' "${packages[@]}" | sort))
if [ -n "$missing" ]; then
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "make setup: run it as root, or install sudo; it installs:" $missing >&2; exit 1; }
    as_root=(sudo)
  fi
  say "Installing Debian packages:" $missing
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

wanted=$(sha256sum tools/requirements.txt)
if [ "$(cat .venv/requirements.sha256 2>/dev/null)" != "$wanted" ]; then
  say "Installing Python packages into .venv"
  python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check -r tools/requirements.txt
  printf '%s\n' "$wanted" > .venv/requirements.sha256
fi
