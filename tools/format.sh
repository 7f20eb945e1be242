#!/usr/bin/env bash
# Formats every C++ source file in place.
source "$(dirname "$0")/strict.sh"
git ls-files -z '*.cc' '*.h' | xargs -0 clang-format-19 -i
