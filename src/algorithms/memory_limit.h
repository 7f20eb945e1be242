#pragma once

#include <cstddef>

namespace sagebrush::algorithms {

// Bytes of memory that this process may use: the machine's, cut to the limit of its cgroup (v1 or v2).
std::size_t MemoryLimit();

}  // namespace sagebrush::algorithms
