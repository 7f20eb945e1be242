#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "identity/condition.h"
#include "identity/principal_pattern.h"
#include "identity/wildcard.h"

namespace sagebrush::identity {

enum class PolicyType {
  kIdentity,  // On a user, role or session: no Principal.
  kResource,  // On a bucket: with Principal.
  kTrust,     // Of a role: with Principal, without Resource.
};

// A statement that asks for a condition key that nobody here knows (condition_keys.h) fails closed, in a condition as
// in a variable: as an Allow it never applies; as a Deny it applies as if that condition or resource were met.
struct Statement {
  std::string sid;
  bool allow = true;
  bool never = false;         // An Allow that asks for what is not known.
  bool any_resource = false;  // A Deny whose resources do.
  bool not_action = false;
  bool not_resource = false;
  bool not_principal = false;
  std::vector<Pattern> actions;  // In lower case.
  std::vector<ArnPattern> resources;
  std::vector<PrincipalPattern> principals;  // One or none.
  std::vector<Condition> conditions;
  std::vector<std::string> condition_keys;  // Also those that variables ask for. As written.

  bool CoversAction(std::string_view action_in_lower_case, const Variables& variables) const;
  bool CoversResource(const ResourceName& resource, const Variables& variables) const;
  bool ConditionsHold(const RequestFacts& facts) const;
};

// A policy document, checked and made ready for evaluation. Immutable, so safe to use from any thread.
class Policy {
 public:
  // Throws Error(kMalformedPolicy) in IAM's words. Whether the principals exist is not looked at (Identity::PinPolicy).
  Policy(const Json& document, PolicyType type);
  static std::shared_ptr<const Policy> Parse(std::string_view text, PolicyType type);

  const std::vector<Statement>& statements() const { return statements_; }
  // Condition keys that any statement asks for, as written.
  std::vector<std::string> ConditionKeys() const;

 private:
  void AddStatement(const Json& statement, PolicyType type, bool with_variables);
  void CheckSid(const Statement& statement, PolicyType type) const;
  std::vector<Statement> statements_;
};

}  // namespace sagebrush::identity
