#!/usr/bin/env bash
# Configures and builds. usage: tools/build.sh [--preset release|debug|tsan] [targets...]
set -euo pipefail
cd "$(dirname "$0")/.."
preset=release
if [ "${1:-}" = --preset ]; then preset=$2; shift 2; fi
directory=build
[ "$preset" = release ] || directory=build-$preset
directory=${SAGEBRUSH_BUILD_DIR:-$directory}
mkdir -p "$directory"
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_BASEDIR=$PWD
exec 9> "$directory/.lock"
flock 9
[ -f "$directory/build.ninja" ] || cmake --preset "$preset" -B "$directory" > "$directory/configure.log" 2>&1 || { cat "$directory/configure.log"; exit 1; }
[ -f "$directory/bin/sagebrush" ] || [ $# -gt 0 ] || echo "Building in $directory: about 8 minutes the first time on 2 cores, seconds later."
quiet=--quiet
[ ! -t 1 ] || quiet=  # On a terminal ninja counts its steps in one line.
ninja -C "$directory" $quiet "$@"
