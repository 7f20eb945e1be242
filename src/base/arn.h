#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sagebrush {

// An Amazon Resource Name: arn:partition:service:region:account:resource.
struct Arn {
  std::string partition = "aws";
  std::string service;
  std::string region;    // Empty for global services (iam, s3).
  std::string account;   // Empty for s3.
  std::string resource;  // "training-job/name", "role/path/name", "bucket/key"; may contain colons.

  std::string ToString() const;
  // nullopt: not six colon-separated parts that start with "arn".
  static std::optional<Arn> Parse(std::string_view text);
};

}  // namespace sagebrush
