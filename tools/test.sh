#!/usr/bin/env bash
# All four layers of tests on the release build. usage: tools/test.sh [pytest arguments...]
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\n== %s\n' "$*"; }

say "Unit, conformance and simulation tests of the C++ code"
log=build/ctest.log
if ! ctest --test-dir build --output-on-failure -j "$(nproc)" --no-tests=error > "$log" 2>&1; then
  grep -vE ' Passed +[0-9.]+ sec|^ +Start +[0-9]+:' "$log" >&2
  exit 1
fi
grep 'tests passed' "$log"
say "Environments of the client SDKs"
tools/clients.sh
say "Contract tests: real clients on a live server"
.venv/bin/python -m pytest tests/contract -q -n "$(nproc)" --dist loadfile "$@"
say "Simulation: faults on purpose"
.venv/bin/python -m pytest tests/simulation -q "$@"
