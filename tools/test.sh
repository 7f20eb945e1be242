#!/usr/bin/env bash
# All tests, on the release build. usage: tools/test.sh [pytest arguments...]
source "$(dirname "$0")/strict.sh"
tools/build.sh
say "Unit, conformance and simulation tests of the C++ code"
log=build/ctest.log
if ! ctest --test-dir build --output-on-failure -j "$(nproc)" --no-tests=error > "$log" 2>&1; then
  grep -vE ' Passed +[0-9.]+ sec|^ +Start +[0-9]+:' "$log" >&2
  exit 1
fi
grep 'tests passed' "$log"
tools/clients.sh
tools/duckdb.sh
say "Tools: each script says what failed"
.venv/bin/python -m pytest tests/tools -q "$@"
say "Contract tests: real clients on a live server"
.venv/bin/python -m pytest tests/contract -q -n "$(nproc)" --dist loadfile "$@"
say "Simulation: faults on purpose"
.venv/bin/python -m pytest tests/simulation -q "$@"
