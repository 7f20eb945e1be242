#!/usr/bin/env bash
# The peer of a job start: `podman run` of an image that holds one static program, which prints a line.
# usage: bench/podman_start.sh [TIMES]    Prints the milliseconds of each run until its line has come.
source "$(dirname "$0")/../tools/strict.sh"
work=$(mktemp -d)
podman=(podman --root "$work/root" --runroot "$work/run")
finish() {
  "${podman[@]}" system reset --force > /dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

cat > "$work/first.c" <<'C'
static long call(long n, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}
void _start(void) {
  call(1, 1, (long)"started\n", 8);
  call(60, 0, 0, 0);
}
C
clang-19 -static -nostdlib -O1 -o "$work/first" "$work/first.c"
tar -C "$work" -cf "$work/image.tar" first
# Limits within the hard ones of this process: root may lack the right to raise them.
cat > "$work/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
export CONTAINERS_CONF=$work/containers.conf
"${podman[@]}" import "$work/image.tar" empty > /dev/null 2>&1
for _ in $(seq "${1:-10}"); do
  begin=$(date +%s%N)
  "${podman[@]}" run --rm --pull=never --network=none empty /first | { read -r _; echo $((($(date +%s%N) - begin) / 1000)) | awk '{ print $1 / 1000 }'; }
done
