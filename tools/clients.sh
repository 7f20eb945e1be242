#!/usr/bin/env bash
# Python environments with the client SDKs that tests and examples run: one each in .venvs/, pinned in tools/clients/NAME.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
for file in tools/clients/*.txt; do
  environment=.venvs/$(basename "$file" .txt)
  wanted=$(sha256sum < "$file")
  [ "$(cat "$environment/requirements.sha256" 2>/dev/null)" = "$wanted" ] && continue
  echo "Installing $environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$file"
  printf '%s\n' "$wanted" > "$environment/requirements.sha256"
done
