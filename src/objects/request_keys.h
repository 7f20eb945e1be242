#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "wire/call.h"

namespace sagebrush::objects {

// A condition key of S3 that a member of the request's input gives its value.
struct RequestKey {
  std::string_view key;     // "s3:x-amz-acl"
  std::string_view member;  // "ACL"
  // Operations that AWS documents the key for, separated by blanks; empty: all that have the member.
  std::string_view operations;
};
std::span<const RequestKey> RequestKeys();
// Further keys that this folder sets: of the signature, of tags, of the bucket.
std::span<const std::string_view> OtherKeys();

// The condition keys that follow from the request: its members and how it was signed. They are added to the context
// of everything that the request does.
JsonObject RequestContext(const wire::Call& call, Time now);
void AddContext(const JsonObject& context, std::vector<wire::Access>& accesses);

}  // namespace sagebrush::objects
