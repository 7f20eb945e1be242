#pragma once

#include <vector>

#include "runtime/runtime.h"

namespace sagebrush::runtime {

// Refuses mounts that would hide or reach what is not the workload's own: the second check after that of requests, in
// the process that builds the sandbox. A target is a plain absolute path at or below /opt/ml, read-only ones also below
// /opt/sagebrush. One that lies in another mount leads there without any link. Targets come from outermost to
// innermost, and none twice. Throws Error.
void CheckMountTargets(const std::vector<Mount>& mounts);

}  // namespace sagebrush::runtime
