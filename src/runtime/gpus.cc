#include "runtime/gpus.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::runtime {

Gpus::Gpus(const Path& devices) {
  std::error_code error;
  for (std::size_t i = 0;; ++i) {
    const Path node = devices / ("nvidia" + std::to_string(i));
    if (!std::filesystem::exists(node, error)) break;
    gpus_.push_back(node);
  }
  for (const char* name : {"nvidiactl", "nvidia-uvm", "nvidia-uvm-tools"}) {
    if (std::filesystem::exists(devices / name, error)) shared_.push_back(devices / name);
  }
}

std::vector<Path> Gpus::Take(std::size_t count) {
  if (count == 0) return {};
  std::vector<Path> nodes;
  for (const Path& gpu : gpus_) {
    if (nodes.size() < count && !taken_.contains(gpu)) nodes.push_back(gpu);
  }
  if (nodes.size() < count) {
    const auto free = std::ranges::count_if(gpus_, [&](const Path& gpu) { return !taken_.contains(gpu); });
    throw Error(kInternalFailure, gpus_.empty()
                                      ? "This machine has no NVIDIA GPU: there is no /dev/nvidia0."
                                      : fmt::format("{} GPUs are asked for; of the {} of this machine {} are free.",
                                                    count, gpus_.size(), free));
  }
  Keep(nodes);
  nodes.insert(nodes.end(), shared_.begin(), shared_.end());
  return nodes;
}

void Gpus::Release(const std::vector<Path>& nodes) {
  for (const Path& node : nodes) taken_.erase(node);
}

}  // namespace sagebrush::runtime
