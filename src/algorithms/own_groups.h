#pragma once

#include <string_view>
#include <vector>

#include "base/file.h"

namespace sagebrush::algorithms {

// The directories of this process's control group, and of those above it, that can limit what `controller` ("cpu",
// "memory") shares out. cgroup v1 and v2. Empty where none can be read.
std::vector<Path> OwnGroups(std::string_view controller);

}  // namespace sagebrush::algorithms
