#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "objects/s3_versions.h"

namespace sagebrush::objects {

// The bucket, key and version that an x-amz-copy-source header names.
struct CopySource {
  std::string bucket;
  std::string key;
  std::string version;  // Empty: the current one.

  // Throws Error(kInvalidArgument) when malformed.
  static CopySource Parse(std::string_view header);
};

// The source of a copy, opened, once its conditions hold. Throws Error: kNoSuchBucket, missing key,
// kPreconditionFailed.
OpenedObject OpenSource(const S3& s3, const wire::Call& call);

// Says which version the source was, where its bucket keeps versions.
void AddSourceVersion(const S3& s3, const wire::Call& call, const Object& source, JsonObject& output);

// What the caller must be allowed: to read the source, and to write the target.
std::vector<wire::Access> CopyRule(const S3& s3, const wire::Call& call);

}  // namespace sagebrush::objects
