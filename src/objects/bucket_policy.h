#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace sagebrush::objects {

// Throws Error(kMalformedPolicy) unless `text` is a policy that S3 takes for `bucket`: JSON, with statements that each
// have an effect, a principal, S3 actions, and resources of this bucket.
void CheckBucketPolicy(std::string_view text, const std::string& bucket);

// Whether a policy gives somebody access whom it does not name: everyone, without a condition that fixes who.
bool IsPublicPolicy(const Json& policy);

}  // namespace sagebrush::objects
