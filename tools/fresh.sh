#!/usr/bin/env bash
# Runs COMMAND in a minimal Debian 12, as on a newcomer's machine: nothing but make, git and CA certificates, in a copy that goes afterwards.
# usage, as root: tools/fresh.sh [--user] [--folder PATH] [--files DIRECTORY] [REPOSITORY] COMMAND
#   REPOSITORY        the commit that is checked out there is cloned into PATH, where COMMAND then runs; without, there is only the plain system
#   --folder PATH     default: /root/sagebrush, or /home/sage/sagebrush
#   --user            as the user `sage`, who has sudo, instead of root
#   --files DIRECTORY is there as /files, to carry things in and out
# The plain system is made once (about a minute) and kept in SAGEBRUSH_FRESH_CACHE (default ~/.cache/sagebrush/fresh), with the packages that were
# fetched, ccache's objects and the fuzz targets' inputs. Each call starts from the plain system; calls may run at the same time. Whatever ends this script, by whichever
# signal, ends all processes inside, and with them go their mounts; what only SIGKILL leaves, the directory, the next call deletes.
source "$(dirname "$0")/strict.sh"
user=root folder= files=
while [[ ${1:-} = --* ]]; do
  case $1 in
    --user) user=sage; shift ;;
    --folder) folder=$2; shift 2 ;;
    --files) files=$(cd "$strict_began" && realpath "$2"); shift 2 ;;
    *) echo "tools/fresh.sh: unknown option $1; its first lines tell which there are" >&2; exit 2 ;;
  esac
done
repository=
[ $# -lt 2 ] || { repository=$(cd "$strict_began" && realpath "$1"); shift; }
command=${1:?a command}
home=/root
[ $user = root ] || home=/home/$user
folder=${folder:-$home/sagebrush}
[ "$(id -u)" -eq 0 ] || { echo "tools/fresh.sh: only root may make a root directory with users of its own; run it with sudo" >&2; exit 1; }
cache=${SAGEBRUSH_FRESH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sagebrush/fresh}
mkdir -p "$cache"/{apt,ccache,sagebrush} "$cache/pip-$user"  # pip uses no cache that is another user's.

# Where this machine gets Debian's packages from: what is not Debian's is none of a newcomer's.
sources=()
for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
  if grep -qsE '^(deb |URIs:).*debian' "$file"; then sources+=("$file"); fi
done

base=$cache/bookworm.tar
exec 8> "$cache/lock"
flock 8
if [ ! -e "$base" ]; then
  if ! command -v mmdebstrap > /dev/null; then
    say "Installing mmdebstrap"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap > /dev/null
  fi
  say "Making a minimal Debian 12: about a minute, once"
  mmdebstrap --quiet --format=tar --variant=minbase --mode=root --include=make,git,ca-certificates bookworm "$base.new" "${sources[@]}"
  mv "$base.new" "$base"
fi
# A root belongs to whoever holds its lock; one that nobody holds was left behind.
for lock in "$cache"/root.*.lock; do
  [ -e "$lock" ] || continue
  (flock -n 9 && rm -rf --one-file-system "${lock%.lock}" "$lock") 9> "$lock" || true
done
root=$(mktemp -d "$cache/root.XXXXXX")
exec 9> "$root.lock"
flock 9
flock -u 8

inside=
finish() {
  trap - EXIT ERR
  # unshare turns a deaf ear to the gentler signals; with it the kernel ends all that is inside.
  if [ -n "$inside" ] && kill -KILL "$inside" 2> /dev/null; then wait "$inside" 2> /dev/null || true; fi
  # What was fetched is kept. Each system has its own folder of them, because apt locks it.
  find "$root/var/cache/apt/archives" -maxdepth 1 -name '*.deb' -exec ln -f -t "$cache/apt" {} + 2> /dev/null || true
  rm -rf --one-file-system "$root" "$root.lock"
}
trap finish EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP
chmod 755 "$root"
tar -xf "$base" -C "$root" --exclude='./dev/*'

# What makes the package registries reachable that this machine reaches: sources, pip's settings, certificates, name resolution.
rm -rf "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
for file in "${sources[@]}" /etc/pip.conf /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/java/cacerts; do
  if [ -e "$file" ]; then install -D "$(realpath "$file")" "$root$file"; fi
done
variables=(HOME="$home" USER="$user" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 CI="${CI:-}"
  CCACHE_DIR="$home/.cache/ccache" CCACHE_UMASK=000)  # Root and the user share it.
while IFS= read -r name; do
  case $name in
    PIP_FIND_LINKS) ;;  # A folder of this machine.
    PIP_* | SSL_CERT_FILE | NODE_EXTRA_CA_CERTS | *_proxy | *_PROXY | OPENBLAS_* | SAGEBRUSH_*_SECONDS) variables+=("$name=${!name}") ;;
  esac
done <<< "$(compgen -e)"

echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/fresh"  # What is thrown away need not survive a power failure.
if [ $user != root ]; then
  chroot "$root" useradd --create-home --shell /bin/bash $user
  mkdir -p "$root/etc/sudoers.d"
  echo "$user ALL=(ALL) NOPASSWD: ALL" > "$root/etc/sudoers.d/$user"
fi
if [ -n "$repository" ]; then git clone --quiet "$repository" "$root$folder"; else mkdir -p "$root$folder"; fi
if [ $user != root ]; then chroot "$root" chown -R $user: "$home"; fi

find "$cache/apt" -name '*.deb' -exec ln -f -t "$root/var/cache/apt/archives" {} +

# A first process of their own, with whose end all others in there end; it ends with this script (--kill-child).
export root cache files user folder command
exec 7<&0
setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --propagation private -- bash -Eeuo pipefail -c '
  trap "echo \"tools/fresh.sh, inside: failed with status \$?: \$BASH_COMMAND\" >&2" ERR
  mount --bind "$root" "$root"
  bind() { mkdir -p "$root$2"; mount --bind "$1" "$root$2"; }
  home=/root; [ $user = root ] || home=/home/$user
  bind "$cache/ccache" "$home/.cache/ccache"
  bind "$cache/sagebrush" "$home/.cache/sagebrush"
  bind "$cache/pip-$user" "$home/.cache/pip"
  [ -z "$files" ] || bind "$files" /files
  mount --rbind /dev "$root/dev"
  mount --rbind /sys "$root/sys"
  mount -t proc proc "$root/proc"
  mkdir "$root/.outside"
  cd "$root"
  pivot_root . .outside
  umount -l /.outside
  rmdir /.outside
  cd "$folder"
  as_user=()
  if [ $user != root ]; then
    chown $user: "$home/.cache" && chown -R $user: "$home/.cache/pip" "$home/.cache/sagebrush"
    chmod -R a+rwX "$home/.cache/ccache"
    DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes sh -c "apt-get update -qq && apt-get install -y -qq --no-install-recommends sudo > /dev/null"
    as_user=(setpriv --reuid $user --regid $user --init-groups)
  fi
  trap - ERR
  "${as_user[@]}" env -i "$@" bash -c "$command"' inside "${variables[@]}" <&7 7<&- 8>&- 9>&- &
inside=$!
status=0
wait "$inside" || status=$?
inside=
exit $status
