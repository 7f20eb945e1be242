#include "runtime/spawn_settings.h"

#include <fcntl.h>

#include <csignal>

namespace sagebrush::runtime {
namespace {

constexpr int kFirstFreeFd = 32;

}  // namespace

SpawnSettings::SpawnSettings() {
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  sigset_t all, none;
  ::sigfillset(&all);
  ::sigemptyset(&none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
}

SpawnSettings::~SpawnSettings() {
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
}

void SpawnSettings::Give(int from, int to) {
  // Its number must not be among the targets.
  copies_.emplace_back(::fcntl(from, F_DUPFD_CLOEXEC, kFirstFreeFd));
  ::posix_spawn_file_actions_adddup2(&actions, copies_.back().get(), to);
}

}  // namespace sagebrush::runtime
