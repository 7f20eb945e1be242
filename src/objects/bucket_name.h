#pragma once

#include <string_view>

namespace sagebrush::objects {

// Whether a new bucket may have this name by S3's rules for general purpose buckets.
bool IsBucketName(std::string_view name);

}  // namespace sagebrush::objects
