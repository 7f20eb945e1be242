#!/usr/bin/env bash
# Formats every C++ source file in place.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files -z '*.cc' '*.h' | xargs -0 clang-format-19 -i
