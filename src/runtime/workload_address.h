#pragma once

#include <string_view>

namespace sagebrush::runtime {

// The address that connections of workloads come from when they reach the server's API through their relay: by it the
// gateway tells them from programs that the operator runs on the same machine, which come from 127.0.0.1.
inline constexpr std::string_view kWorkloadAddress = "127.0.0.2";

}  // namespace sagebrush::runtime
