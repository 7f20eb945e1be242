#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace sagebrush::identity {

// Whom a resource policy or trust policy is asked about.
struct Caller {
  std::string_view account;        // Empty: anonymous.
  std::string_view arn;            // Of the user or the role's session.
  std::string_view identity_arn;   // Of the user or the role.
  std::string_view service;        // "sagemaker.amazonaws.com" when a service asks for itself.
  std::string_view identity_id{};  // Unique id of the user or the role: AIDA..., AROA...
  std::string_view federated{};    // The ARN of an identity provider whose token somebody brings; empty: none.
};

// How closely a Principal element names the caller. Only an account's name leaves the decision to its own policies.
enum class PrincipalMatch { kNone, kAccount, kRole, kDirect };

// The Principal element of a statement. A user or role is named by its ARN, or by its unique id once the policy is
// kept.
class PrincipalPattern {
 public:
  // Throws Error(kMalformedPolicy).
  explicit PrincipalPattern(const Json& principal);
  PrincipalMatch Match(const Caller& caller) const;

 private:
  void Add(std::string_view type, std::string_view name);
  bool anyone_ = false;
  std::vector<std::string> arns_;
  std::vector<std::string> ids_;
  std::vector<std::string> accounts_;
  std::vector<std::string> services_;
  std::vector<std::string> federated_;
};

// Gives what a name of Principal's member "AWS" is to be replaced by; may throw to refuse it.
using PrincipalReplacement = std::function<std::string(const std::string& name)>;

// The policy `text` with every user, role and session in its Principal and NotPrincipal elements replaced; the text as
// it is when that changes nothing. `text` has been read as a policy.
std::string ReplacePrincipals(std::string_view text, const PrincipalReplacement& replacement);

// AIDA... or AROA...: what kept policies name users and roles by.
bool IsPrincipalId(std::string_view name);

[[noreturn]] void ThrowInvalidPrincipal(std::string_view type, std::string_view name);

}  // namespace sagebrush::identity
