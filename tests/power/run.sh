#!/usr/bin/env bash
# Proves that what was acknowledged survives power cuts: see test_power_cuts.py. usage: tests/power/run.sh [--cuts N] [--file-system xfs]
# [--seed N], as root, after `make build`. A cut takes about 20 s, as the machine's processor is emulated.
source "$(dirname "$0")/../../tools/strict.sh"
exec .venv/bin/python -m pytest -q -s -p no:cacheprovider tests/power "$@"
