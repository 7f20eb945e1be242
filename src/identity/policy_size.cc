#include "identity/policy_size.h"

#include <algorithm>

#include <fmt/format.h>

#include "identity/iam_error.h"

namespace sagebrush::identity {

std::size_t PolicySize(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return c != ' ' && c != '\t' && c != '\n' && c != '\r'; }));
}

void CheckManagedPolicySize(std::string_view text) {
  if (PolicySize(text) <= kManagedPolicySizeMax) return;
  throw Error(kLimitExceeded, fmt::format("Cannot exceed quota for PolicySize: {}", kManagedPolicySizeMax));
}

void CheckTrustPolicySize(std::string_view text) {
  if (PolicySize(text) <= kTrustPolicySizeMax) return;
  throw Error(kLimitExceeded, fmt::format("Cannot exceed quota for ACLSizePerRole: {}", kTrustPolicySizeMax));
}

void CheckInlineSize(const JsonObject& policies, std::string_view noun, const std::string& name) {
  const std::size_t size_max = noun == "role"    ? kRoleInlineSizeMax
                               : noun == "group" ? kGroupInlineSizeMax
                                                 : kUserInlineSizeMax;
  std::size_t size = 0;
  for (const auto& policy : policies) size += PolicySize(std::string_view(policy.value().as_string()));
  if (size <= size_max) return;
  throw Error(kLimitExceeded, fmt::format("Maximum policy size of {} bytes exceeded for {} {}", size_max, noun, name));
}

}  // namespace sagebrush::identity
