#pragma once

#include <string>
#include <string_view>

namespace sagebrush::runtime {

// The address that connections of workloads come from when they reach the server's API through their relay: by it the
// gateway tells them from programs that the operator runs on the same machine, which come from 127.0.0.1.
inline constexpr std::string_view kWorkloadAddress = "127.0.0.2";

// Where a workload finds the API of the server that listens at `api_address` (host:port): on its own loopback, for SDKs
// send credentials in the clear to no other.
inline std::string AddressInside(const std::string& api_address) {
  return "127.0.0.1" + api_address.substr(api_address.rfind(':'));
}

}  // namespace sagebrush::runtime
