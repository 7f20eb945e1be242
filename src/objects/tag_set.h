#pragma once

#include <string_view>

#include "base/json.h"
#include "objects/object.h"

// Tags as the S3 API carries them. All throw Error(kInvalidTag) on tags that break S3's rules.
namespace sagebrush::objects {

inline constexpr std::size_t kObjectTagsMax = 10;
inline constexpr std::size_t kBucketTagsMax = 50;

// {TagSet: [{Key, Value}, ...]}
Tags ReadTagSet(const Json& tagging, std::size_t count_max);
// key=value&..., percent-encoded: the x-amz-tagging header.
Tags ReadTagHeader(std::string_view header);
JsonArray ToTagSet(const Tags& tags);

}  // namespace sagebrush::objects
