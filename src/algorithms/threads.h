#pragma once

#include <cstddef>
#include <functional>

namespace sagebrush::algorithms {

// How many threads this process should compute with: OMP_NUM_THREADS, else the processors that it may run on, cut to
// the CPU quota of its cgroup (v1 or v2). At least 1.
int ThreadLimit();

// Calls `work(i)` for each i below `count`, on up to `threads` threads, and returns when all are done.
// Rethrows the exception of the lowest i that threw: the same one whatever the timing.
void ParallelFor(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace sagebrush::algorithms
