#pragma once

#include <span>
#include <string_view>

// Which condition keys a request here can have. A policy may ask for a key that AWS would set and this server does not
// know of: then nobody can say whether the condition holds, and the statement fails closed (policy.h).
namespace sagebrush::identity {

// A key that AWS documents and that no request here ever has. Policies see it as absent, as they would in AWS.
struct AbsentKey {
  std::string_view key;  // In lower case; a family ends in its slash or colon.
  std::string_view reason;
  // "service:Operation" whose building makes the row untrue: a test fails then. Empty: no operation does.
  std::string_view until;
};
std::span<const AbsentKey> AbsentKeys();

// Global keys, and those of IAM and STS, that this folder sets whenever a request has them. SageMaker's and S3's are
// in tables of their own (sagemaker/request_keys.h, objects/request_keys.h).
std::span<const std::string_view> IdentityKeys();

// Whether `key` (in lower case) is one that requests here may have, or lack as they would in AWS: a documented one, or
// one of a service that is not here at all, which AWS would not set either. A key that neither AWS's reference nor
// this server knows may be new, or misspelt.
bool IsKnownKey(std::string_view key);

}  // namespace sagebrush::identity
