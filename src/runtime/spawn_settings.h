#pragma once

#include <spawn.h>

#include <vector>

#include "base/file.h"

namespace sagebrush::runtime {

// How posix_spawn starts a program: in a session of its own, with default signals, and with those of this process's
// descriptors only that it is given.
class SpawnSettings {
 public:
  SpawnSettings();
  ~SpawnSettings();
  SpawnSettings(const SpawnSettings&) = delete;

  // The program has `from` as its descriptor `to`, which is below 32.
  void Give(int from, int to);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

 private:
  std::vector<FileDescriptor> copies_;
};

}  // namespace sagebrush::runtime
