#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "identity/condition.h"
#include "identity/wildcard.h"

namespace sagebrush::identity {

enum class PolicyType {
  kIdentity,  // On a user, role or session: no Principal.
  kResource,  // On a bucket: with Principal.
  kTrust,     // Of a role: with Principal, without Resource.
};

// Whom a resource policy or trust policy is asked about.
struct Caller {
  std::string_view account;       // Empty: anonymous.
  std::string_view arn;           // Of the user or the role's session.
  std::string_view identity_arn;  // Of the user or the role.
  std::string_view service;       // "sagemaker.amazonaws.com" when a service asks for itself.
};

// How closely a Principal element names the caller. Only an account's name leaves the decision to its own policies.
enum class PrincipalMatch { kNone, kAccount, kRole, kDirect };

class PrincipalPattern {
 public:
  // Throws Error(kMalformedPolicy).
  explicit PrincipalPattern(const Json& principal);
  PrincipalMatch Match(const Caller& caller) const;

 private:
  void Add(std::string_view type, std::string_view name);
  bool anyone_ = false;
  std::vector<std::string> arns_;
  std::vector<std::string> accounts_;
  std::vector<std::string> services_;
};

struct Statement {
  std::string sid;
  bool allow = true;
  bool not_action = false;
  bool not_resource = false;
  bool not_principal = false;
  std::vector<Pattern> actions;  // In lower case.
  std::vector<ArnPattern> resources;
  std::vector<PrincipalPattern> principals;  // One or none.
  std::vector<Condition> conditions;

  bool CoversAction(std::string_view action_in_lower_case, const Variables& variables) const;
  bool CoversResource(const ResourceName& resource, const Variables& variables) const;
  bool ConditionsHold(const RequestFacts& facts) const;
};

// A policy document, checked and made ready for evaluation. Immutable, so safe to use from any thread.
class Policy {
 public:
  // Throws Error(kMalformedPolicy) in IAM's words.
  Policy(const Json& document, PolicyType type);
  static std::shared_ptr<const Policy> Parse(std::string_view text, PolicyType type);

  const std::vector<Statement>& statements() const { return statements_; }
  // Condition keys that any statement asks for, as written.
  std::vector<std::string> ConditionKeys() const;

 private:
  void AddStatement(const Json& statement, PolicyType type, bool with_variables);
  std::vector<Statement> statements_;
};

}  // namespace sagebrush::identity
