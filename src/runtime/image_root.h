#pragma once

#include "runtime/runtime.h"

namespace sagebrush::runtime {

// For a process of one thread that is about to become a sandbox: puts the workload's root file system together at
// `stage`, in a mount namespace of its own, with a place for everything that the sandbox mounts over it and the files
// of /etc that tell of user and host. What is root's in the image is there the workload's user's. Nothing in the image
// is believed: a link or file in the place of a directory that is needed is refused. Returns where it lies; empty: the
// host's root is to be used. Throws Error that says what the image or this machine lacks.
Path StageRoot(const WorkloadSpec& spec, const Path& stage);

}  // namespace sagebrush::runtime
