#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "identity/policy.h"

namespace sagebrush::identity {

// Which kind of policy decided.
enum class PolicySource { kIdentity, kResource, kSession, kBoundary };

enum class Verdict { kAllowed, kImplicitDeny, kExplicitDeny };

struct Decision {
  Verdict verdict = Verdict::kImplicitDeny;
  // For a denial: the kind of policy that denied, or that had nothing to allow it with.
  PolicySource source = PolicySource::kIdentity;
};

// A statement that applied to a request, for SimulatePrincipalPolicy.
struct AppliedStatement {
  const Policy* policy;
  std::size_t index;
};

// The policies that may apply to one request; any may be absent.
struct PolicySet {
  std::vector<const Policy*> identity;
  const Policy* boundary = nullptr;
  const Policy* session = nullptr;
  const Policy* resource = nullptr;
  bool is_root = false;           // The account's root: may do all that no resource policy denies.
  bool resource_governs = false;  // As Access::resource_policy_governs.
};

struct AccessQuestion {
  std::string_view action;
  std::string_view resource;
  Caller caller;
  const RequestFacts& facts;
};

// AWS's policy evaluation within one account: an explicit deny anywhere wins; a resource policy that names the caller
// (not merely the account) allows by itself; otherwise the identity's policies must allow, and so must boundary and
// session policy where there are any. Depends on its arguments only. `applied`, if given, gets every statement that
// matched.
Decision Decide(const AccessQuestion& question, const PolicySet& policies,
                std::vector<AppliedStatement>* applied = nullptr);

// How closely a policy that allows the question names its caller; kNone: it does not allow it, or denies it.
PrincipalMatch AllowedAs(const AccessQuestion& question, const Policy& policy);

}  // namespace sagebrush::identity
