#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

// How large policies may be. White space does not count (docs.aws.amazon.com/IAM/latest/UserGuide/
// reference_iam-quotas.html).
namespace sagebrush::identity {

inline constexpr std::size_t kManagedPolicySizeMax = 6144;
inline constexpr std::size_t kTrustPolicySizeMax = 2048;
inline constexpr std::size_t kUserInlineSizeMax = 2048;   // All inline policies of a user together.
inline constexpr std::size_t kGroupInlineSizeMax = 5120;  // All inline policies of a group together.
inline constexpr std::size_t kRoleInlineSizeMax = 10240;  // All inline policies of a role together.

std::size_t PolicySize(std::string_view text);

// Throw Error(kLimitExceeded).
void CheckManagedPolicySize(std::string_view text);
void CheckTrustPolicySize(std::string_view text);
// `noun`: "user", "group" or "role".
void CheckInlineSize(const JsonObject& policies, std::string_view noun, const std::string& name);

}  // namespace sagebrush::identity
