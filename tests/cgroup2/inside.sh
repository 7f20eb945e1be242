#!/usr/bin/env bash
# What run.sh runs in its virtual machine, as a service of systemd. Its last line tells whether all holds. usage: inside.sh [unit]
set -u
bin=$SAGEBRUSH_BUILD_DIR/bin
root=$(cd "$(dirname "$0")/../.." && pwd)
groups=/sys/fs/cgroup
failures=0
cd /tmp

fail() { echo "cgroup2: FAILED: $*"; failures=$((failures + 1)); }

# usage: examine SITUATION MISSING FILTER [COMMAND...]: how many limits the doctor misses there, and that workloads run nevertheless.
# COMMAND runs its arguments in the situation.
examine() {
  local situation=$1 missing=$2 filter=$3 findings
  shift 3
  echo "== $situation"
  findings=$("$@" "$bin/sagebrush" doctor 2>&1 | grep limits)
  [ "$(grep -c '^missing' <<< "$findings")" = "$missing" ] || fail "$situation: the doctor says: $findings"
  "$@" "$bin/runtime_test" --gtest_brief=1 --gtest_filter="$filter" || fail "$situation: tests"
}

end() {
  if [ $failures = 0 ]; then echo "cgroup2: all hold"; fi
  exit $failures
}

# Its dependencies are those of this machine.
dpkg --force-depends --install "$SAGEBRUSH_BUILD_DIR"/sagebrush_*.deb > dpkg.log 2>&1 || fail "installing the package: $(cat dpkg.log)"
"$root/.venv/bin/python" "$root/tests/cgroup2/unit.py" || fail "the package's unit"
if [ "${1:-}" = unit ]; then end; fi

useradd --create-home --uid 1500 sage
# Its systemd, which owns the groups of a user's own services.
loginctl enable-linger sage && systemctl start user@1500
some='CgroupTest.*:*UsingUpItsMemory*:*AForkBomb*:*DiskFull:*WritesWhatTheWorkload*:*AnotherServerTakesOver*:*ReachesTheApi*'
service() { systemd-run --quiet --pipe --wait --uid=sage --working-directory=/tmp "$@"; }
delegated() { service -p Delegate=yes "$@"; }
own_service() { systemd-run --quiet --pipe --wait --user -M sage@ --working-directory=/tmp "$@"; }
login() { su --login sage -c "cd /tmp && $*"; }
own_scope() { login systemd-run --quiet --user --scope "$@"; }

# A group given away by hand. usage: inside GROUP COMMAND...
inside() { bash -c 'echo 0 > '"$groups/$1"'/cgroup.procs && exec setpriv --reuid 1500 --regid 1500 --clear-groups -- "$@"' inside "${@:2}"; }
give() { mkdir "$groups/$1" && chown sage "$groups/$1" "$groups/$1"/cgroup.{procs,subtree_control}; }
# Another each time: none may enter one whose children have controllers.
new_group() { local group=given.$BASHPID && give "$group" && inside "$group" "$@"; }
give outer && mkdir "$groups/outer/shell"

# Software emulation writes floods of lines too slowly for the tests' patience.
examine "root" 0 '*-*PrintsWithoutEnd*:*AFloodOfOutput*' env
[ ! -e "$groups/sagebrush" ] || fail "root: groups are left"

"$bin/sagebrush" quickstart || fail quickstart
(cd "$root" && .venv/bin/python -m pytest -q -p no:cacheprovider tests/simulation/test_workload_faults.py tests/contract/test_waiting_for_room.py) ||
  fail "contract tests"

examine "a user's service" 3 "$some" service
examine "a user's login" 3 "$some" login
examine "a user's service with Delegate=yes" 0 "$some" delegated
examine "a service of the user's own systemd" 0 "$some" own_service
examine "a scope from the user's login" 0 "$some" own_scope
examine "a group that was given to the user" 0 "$some" new_group
examine "a group within one that was given to the user" 0 "$some" inside outer/shell

end
