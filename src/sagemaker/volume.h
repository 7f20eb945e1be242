#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.h"

namespace sagebrush::sagemaker {

// The size of an instance's volume, in the GB (10^9 bytes) of VolumeSizeInGB, which lies at `path` of `document`; what
// the server takes where it is not given.
inline std::int64_t VolumeGigabytes(const Json& document, std::string_view path = "VolumeSizeInGB") {
  constexpr std::int64_t kDefault = 30;
  return GetInt(document, path, kDefault);
}
inline std::int64_t VolumeBytes(const Json& document, std::string_view path = "VolumeSizeInGB") {
  constexpr std::int64_t kGigabyte = 1'000'000'000;
  return VolumeGigabytes(document, path) * kGigabyte;
}

}  // namespace sagebrush::sagemaker
