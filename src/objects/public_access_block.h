#pragma once

#include "objects/object.h"

// The settings of S3 Block Public Access, as they stand for a bucket.
namespace sagebrush::objects {

inline constexpr std::string_view kPublicAccessBlock = "PublicAccessBlockConfiguration";

// All four settings, as a new bucket has them.
inline Json BlockedPublicAccess() {
  return JsonObject{{"BlockPublicAcls", true},
                    {"IgnorePublicAcls", true},
                    {"BlockPublicPolicy", true},
                    {"RestrictPublicBuckets", true}};
}

inline bool HasPublicAccessBlock(const Bucket& bucket, std::string_view setting) {
  const Json* const block = ConfigurationOf(bucket, kPublicAccessBlock);
  return block != nullptr && GetBool(*block, setting);
}

// Whether a policy that makes the bucket public is refused.
inline bool BlocksPublicPolicy(const Bucket& bucket) { return HasPublicAccessBlock(bucket, "BlockPublicPolicy"); }

}  // namespace sagebrush::objects
