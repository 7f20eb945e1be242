#pragma once

#include <optional>
#include <string_view>

#include "objects/object.h"

// S3 Object Lock: what keeps a version from being deleted, and who may change that. All depend on arguments only.
namespace sagebrush::objects {

// Its name in Bucket::configurations. Where it is, objects can be locked and versions are kept for good.
inline constexpr std::string_view kObjectLockConfiguration = "ObjectLockConfiguration";

inline bool CanLockObjects(const Bucket& bucket) {
  return ConfigurationOf(bucket, kObjectLockConfiguration) != nullptr;
}

// The retention that objects of the bucket get which are written now and bring none; nullopt: none.
std::optional<Retention> DefaultRetention(const Bucket& bucket, Time now);
// `bypass_governance`: the one who asks may, and wants to, get around the mode GOVERNANCE.
bool IsLocked(const Lock& lock, Time now, bool bypass_governance);
// Throws Error(kS3AccessDenied) unless the retention of `lock` may become `wanted` (nullopt: none).
void CheckRetentionChange(const Lock& lock, const std::optional<Retention>& wanted, Time now, bool bypass_governance);

}  // namespace sagebrush::objects
