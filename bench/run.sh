#!/usr/bin/env bash
# Every benchmark beside its peer; rewrites docs/benchmarks.md. usage: bench/run.sh [options of bench/measure.py]
source "$(dirname "$0")/../tools/strict.sh"
tools/build.sh programs benchmarks
exec .venv/bin/python bench/measure.py "$@"
