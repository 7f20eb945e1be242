#!/usr/bin/env bash
# What tests and examples run clients with: Debian packages, and Python environments, one each in .venvs/, pinned in tools/clients/NAME.txt.
source "$(dirname "$0")/strict.sh"
tools/debian_packages.sh tools/client_packages.txt
for file in tools/clients/*.txt; do
  tools/python_environment.sh ".venvs/$(basename "$file" .txt)" "$file"
done
