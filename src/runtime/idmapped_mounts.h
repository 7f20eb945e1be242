#pragma once

#include <vector>

#include "runtime/runtime.h"

namespace sagebrush::runtime {

// For a server that is root, in a process of one thread that is about to become a sandbox: gives the calling process a
// mount namespace of its own and in it, below `stage`, a view of each mount in which what belongs to root belongs to
// `user`, so that the workload can use it and nothing changes on disk. Points each mount's source there.
// Where a file system has no such views, hands the files themselves over to `user`. Throws Error.
void StageMounts(std::vector<Mount>& mounts, unsigned user, const Path& stage);

}  // namespace sagebrush::runtime
