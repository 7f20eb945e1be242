#!/usr/bin/env bash
# Configures and builds. usage: tools/build.sh [--preset release|debug|tsan] [targets...]    (default: everything but benchmarks)
source "$(dirname "$0")/strict.sh"
preset=release
if [ "${1:-}" = --preset ]; then preset=$2; shift 2; fi
directory=build
[ "$preset" = release ] || directory=build-$preset
directory=${SAGEBRUSH_BUILD_DIR:-$directory}
mkdir -p "$directory"
# Objects are shared with other checkouts (cmake/CompilerCache.cmake).
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1
exec 9> "$directory/.lock"
flock -n 9 || { say "Waiting for another build in $directory"; flock 9; }
if [ ! -f "$directory/build.ninja" ]; then
  say "Configuring $directory"
  cmake --preset "$preset" -B "$directory" > "$directory/configure.log" 2>&1 || { cat "$directory/configure.log" >&2; false; }
fi
export NINJA_STATUS='[%f/%t] '
ninja -C "$directory" "$@" | sed -u '/^ninja: \(Entering directory\|no work to do\)/d' | tools/progress.sh "Building in $directory"
