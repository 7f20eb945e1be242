#pragma once

#include <cstdint>

namespace sagebrush::inference {

// Where a model server listens inside its workload (Developer Guide, your-algorithms-inference-code).
inline constexpr std::uint16_t kModelPort = 8080;

}  // namespace sagebrush::inference
