#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sagebrush::runtime {

// What AWS gives an ml.* instance.
struct InstanceType {
  double vcpus = 0;
  std::int64_t memory_bytes = 0;
  int gpus = 0;          // NVIDIA.
  int accelerators = 0;  // Trainium, Inferentia or Gaudi chips.
};

// By family and size ("ml.m5.xlarge"; Studio's "system" too). nullopt: no such family or size is known.
std::optional<InstanceType> FindInstanceType(std::string_view name);

}  // namespace sagebrush::runtime
