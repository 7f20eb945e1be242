#!/usr/bin/env bash
# Python environments with the client SDKs that tests and examples run: one each in .venvs/, pinned in tools/clients/NAME.txt.
source "$(dirname "$0")/strict.sh"
for file in tools/clients/*.txt; do
  tools/python_environment.sh ".venvs/$(basename "$file" .txt)" "$file"
done
