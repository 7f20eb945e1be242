#!/usr/bin/env bash
# What .ci/run does in the fresh system, in the order in which a newcomer would; each step with the time that it took.
source "$(dirname "$0")/../tools/strict.sh"
step() {
  local began=$SECONDS
  say "$*"
  "$@"
  say "$*: $((SECONDS - began)) s"
}
step make run
step make run
step make test
step tools/build.sh benchmarks
step tools/fuzz.sh 60
step make lint
step make deb
cp build/sagebrush_*.deb /files
