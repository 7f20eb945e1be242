#pragma once

#include <cstddef>
#include <set>
#include <vector>

#include "base/file.h"

namespace sagebrush::runtime {

// The NVIDIA GPUs of this machine, each for one workload at a time. Not thread-safe.
class Gpus {
 public:
  // Those whose device nodes (nvidia0, nvidia1, ...) are in `devices`.
  explicit Gpus(const Path& devices = "/dev");

  std::size_t count() const { return gpus_.size(); }
  // The nodes of as many GPUs, and those that every user of GPUs needs beside. None for none. Throws Error when there
  // are not as many, or not as many free.
  std::vector<Path> Take(std::size_t count);
  // They are taken already, since an earlier process.
  void Keep(const std::vector<Path>& nodes) { taken_.insert(nodes.begin(), nodes.end()); }
  void Release(const std::vector<Path>& nodes);

 private:
  std::vector<Path> gpus_;
  std::vector<Path> shared_;
  std::set<Path> taken_;
};

}  // namespace sagebrush::runtime
