#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "objects/s3.h"

namespace sagebrush::objects {

// The bucket and key that an x-amz-copy-source header names.
struct CopySource {
  std::string bucket;
  std::string key;

  // Throws Error: kInvalidArgument (malformed), kNoSuchVersion.
  static CopySource Parse(std::string_view header);
};

// The source of a copy, opened, once its conditions hold. Throws Error: kNoSuchBucket, missing key,
// kPreconditionFailed.
OpenedObject OpenSource(const S3& s3, const wire::Call& call);

// What the caller must be allowed: to read the source, and to write the target.
std::vector<wire::Access> CopyRule(const S3& s3, const wire::Call& call);

}  // namespace sagebrush::objects
