#!/usr/bin/env bash
# Every benchmark beside its peer; rewrites docs/benchmarks.md. usage: bench/run.sh [options of bench/measure.py]
set -euo pipefail
cd "$(dirname "$0")/.."
tools/build.sh all benchmarks
exec .venv/bin/python bench/measure.py "$@"
