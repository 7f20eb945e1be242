#!/usr/bin/env bash
# Installs what tools/packages.txt and tools/requirements.txt name. Does nothing when it is all there.
source "$(dirname "$0")/strict.sh"
tools/debian_packages.sh tools/packages.txt
tools/python_environment.sh .venv tools/requirements.txt
