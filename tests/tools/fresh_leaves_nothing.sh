#!/usr/bin/env bash
# Kills tools/fresh.sh at work, the hard way and the soft one, and looks for what is left: processes, mounts, directories.
# usage, as root: tests/tools/fresh_leaves_nothing.sh    It takes the plain system that tools/fresh.sh has made before.
source "$(dirname "$0")/../../tools/strict.sh"
made=${SAGEBRUSH_FRESH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sagebrush/fresh}/bookworm.tar
export SAGEBRUSH_FRESH_CACHE
SAGEBRUSH_FRESH_CACHE=$(mktemp -d)
fresh=
finish() {
  if [ -n "$fresh" ] && kill "$fresh" 2> /dev/null; then wait "$fresh" || true; fi
  rm -rf --one-file-system "$SAGEBRUSH_FRESH_CACHE"
}
trap finish EXIT
ln -s "$made" "$SAGEBRUSH_FRESH_CACHE/bookworm.tar"
word=1000.$$$RANDOM

# The processes inside are told by what they were asked to do.
inside() { pgrep --exact --full "sleep $word" || true; }
# usage: wait_until WHAT COMMAND...
wait_until() {
  local what=$1
  shift
  for _ in $(seq 600); do
    if "$@"; then return 0; fi
    sleep 0.1
  done
  echo "fresh: FAILED: waited 60 s in vain for $what" >&2
  exit 1
}
some_inside() { [ -n "$(inside)" ] || ! kill -0 $fresh 2> /dev/null; }
none_inside() { [ -z "$(inside)" ]; }
no_root_left() { [ -z "$(ls -d "$SAGEBRUSH_FRESH_CACHE"/root.* 2> /dev/null || true)" ]; }

for signal in TERM KILL; do
  tools/fresh.sh "mount -t tmpfs tmpfs /mnt; sleep $word & sleep $word" &
  fresh=$!
  wait_until "the system to run" some_inside
  if [ -z "$(inside)" ]; then wait $fresh; fi
  kill -$signal $fresh
  wait $fresh 2> /dev/null || true
  wait_until "the processes inside to end after SIG$signal" none_inside
  [ $signal = TERM ] || tools/fresh.sh true  # It cleans up what a SIGKILL left.
  wait_until "the directory to be deleted after SIG$signal" no_root_left
  if grep -F "$SAGEBRUSH_FRESH_CACHE" /proc/self/mounts; then echo "fresh: FAILED: mounts are left after SIG$signal" >&2; exit 1; fi
done
echo "fresh: leaves nothing"
