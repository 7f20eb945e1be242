#pragma once

#include <vector>

#include "base/file.h"
#include "runtime/runtime.h"

namespace sagebrush::runtime {

// For a server that may change users, in a process of one thread that is about to become a sandbox: makes `mounts`
// usable for `user`. What is mounted to be written is handed over to `user` and is its own on disk from then on, so
// that no file that a workload makes belongs to root; files that have another name elsewhere stay as they are. What is
// only to be read is not changed: the calling process gets a mount namespace of its own and in it, below `stage`, a
// view of each in which what belongs to root belongs to `user`, and each mount's source is pointed there. Where a file
// system has no such views, what is to be read is opened to everyone who can reach it. Throws Error.
void StageMounts(std::vector<Mount>& mounts, unsigned user, const Path& stage);

// Gives the calling process, of one thread, a mount namespace of its own, and in it an empty file system in memory at
// `stage`, which it makes. Throws Error.
void EnterStage(const Path& stage);

// A directory as StageMounts shows to `user` what is only to be read, for a process that takes this user later; no
// other process sees it.
FileDescriptor OpenForUser(const Path& directory, unsigned user);

}  // namespace sagebrush::runtime
