#!/usr/bin/env bash
# Installs the Debian packages that FILE names, one a line; does nothing when they are all there.
# usage: tools/debian_packages.sh FILE
source "$(dirname "$0")/strict.sh"
file=$1

# apt's own reports, as steps: half of them for fetching, half for installing.
apt_steps() {
  local kind package percent what
  while IFS=: read -r kind package percent what; do
    case $kind in
      dlstatus) echo "[${percent%%[.,]*}/200] $what" ;;
      pmstatus) echo "[$((100 + ${percent%%[.,]*}))/200] $what" ;;
    esac
  done
}

mapfile -t packages <<< "$(sed 's/#.*//' "$file" | awk 'NF {print $1}' | sort)"
# Status 1 says that some are not known, which is the question here.
installed=$(dpkg-query -W -f='${Package} ${Status}\n' "${packages[@]}" 2> /dev/null || [ $? -eq 1 ])
mapfile -t missing <<< "$(awk '/install ok installed/ {print $1}' <<< "$installed" | sort | comm -13 - <(printf '%s\n' "${packages[@]}"))"
if [ -n "${missing[*]}" ]; then
  as_root=(env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes)
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || { echo "Run it as root, or install sudo; these Debian packages are missing: ${missing[*]}" >&2; exit 1; }
    as_root=(sudo "${as_root[@]}")
  fi
  say "Debian packages: ${#missing[@]} of ${#packages[@]} are missing: ${missing[*]}"
  log=$(mktemp -d)
  trap 'rm -rf "$log"' EXIT
  "${as_root[@]}" apt-get update -qq
  # The reports take a channel of their own, which sudo would close if it were opened here; programs that apt runs get none of it.
  "${as_root[@]}" sh -c 'exec apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 -o APT::Status-Fd=3 "$@" 3>&1 > "$0"' \
    "$log/apt.log" "${missing[@]}" | apt_steps | tools/progress.sh "Debian packages" || { tail -30 "$log/apt.log" >&2; false; }
fi
