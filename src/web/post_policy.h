#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace sagebrush::web {

using FormFields = std::map<std::string, std::string>;  // Names in lower case.

struct FileSizes {
  std::uint64_t min = 0;
  std::uint64_t max = 5ull << 30;
};

// Holds the fields of an upload form against the policy that came with it (JSON), and says how large the file may be.
// Throws Error: InvalidPolicyDocument; AccessDenied when its time is over, a condition does not hold, or a field is in
// no condition. Depends on its arguments only.
FileSizes CheckPostPolicy(std::string_view policy, const FormFields& fields, const std::string& bucket, Time now);

}  // namespace sagebrush::web
