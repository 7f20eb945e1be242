#pragma once

#include <string>
#include <string_view>

namespace sagebrush::sagemaker {

// An address in S3: a bucket and a key, which may be empty or a prefix.
struct S3Uri {
  std::string bucket;
  std::string key;
  std::string ToString() const { return "s3://" + bucket + "/" + key; }
  bool operator==(const S3Uri&) const = default;
};

// Reads what AWS's pattern (https|s3)://... allows: s3://bucket/key, its key as it stands, and S3's web addresses in
// path style and virtual-host style, in every form that AWS's endpoints have had, their key percent-decoded. A region
// in the host is not looked at: the bucket's own counts. Throws Error(kValidation), naming `member`, for anything else.
S3Uri ParseS3Uri(std::string_view text, std::string_view member);

// The key `name` under a prefix, with exactly one slash between them.
S3Uri operator/(const S3Uri& prefix, std::string_view name);

}  // namespace sagebrush::sagemaker
