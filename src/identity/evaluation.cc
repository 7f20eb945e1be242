#include "identity/evaluation.h"

#include <algorithm>

#include "base/text.h"

namespace sagebrush::identity {
namespace {

struct Prepared {
  std::string action;
  ResourceName resource;
  const AccessQuestion& question;
  std::vector<AppliedStatement>* applied;
};

// What one policy says.
struct Opinion {
  bool denies = false;
  bool allows = false;
  PrincipalMatch allowed_as = PrincipalMatch::kNone;  // The closest principal of an allowing statement.
};

PrincipalMatch MatchPrincipal(const Statement& statement, const Caller& caller) {
  if (statement.principals.empty()) return PrincipalMatch::kDirect;
  const PrincipalMatch match = statement.principals[0].Match(caller);
  if (!statement.not_principal) return match;
  // "Everyone but": a caller whose account alone is listed is not excepted.
  const bool excepted = match == PrincipalMatch::kDirect || match == PrincipalMatch::kRole;
  return excepted ? PrincipalMatch::kNone : PrincipalMatch::kDirect;
}

Opinion Ask(const Policy& policy, const Prepared& prepared) {
  Opinion opinion;
  const RequestFacts& facts = prepared.question.facts;
  for (std::size_t i = 0; i < policy.statements().size(); ++i) {
    const Statement& statement = policy.statements()[i];
    if (!statement.CoversAction(prepared.action, facts)) continue;
    if (!statement.CoversResource(prepared.resource, facts)) continue;
    const PrincipalMatch match = MatchPrincipal(statement, prepared.question.caller);
    if (match == PrincipalMatch::kNone || !statement.ConditionsHold(facts)) continue;
    if (prepared.applied != nullptr) prepared.applied->push_back({&policy, i});
    if (statement.allow) {
      opinion.allows = true;
      opinion.allowed_as = std::max(opinion.allowed_as, match);
    } else {
      opinion.denies = true;
    }
    if (opinion.denies && prepared.applied == nullptr) break;
  }
  return opinion;
}

Opinion AskIfAny(const Policy* policy, const Prepared& prepared) {
  return policy == nullptr ? Opinion{} : Ask(*policy, prepared);
}

Opinion AskIdentity(const PolicySet& policies, const Prepared& prepared) {
  Opinion all;
  for (const Policy* policy : policies.identity) {
    const Opinion one = Ask(*policy, prepared);
    all.denies |= one.denies;
    all.allows |= one.allows;
  }
  all.allows |= policies.is_root;
  return all;
}

}  // namespace

Decision Decide(const AccessQuestion& question, const PolicySet& policies, std::vector<AppliedStatement>* applied) {
  const Prepared prepared{Lower(question.action), ResourceName(question.resource), question, applied};
  const Opinion identity = AskIdentity(policies, prepared);
  const Opinion resource = AskIfAny(policies.resource, prepared);
  const Opinion session = AskIfAny(policies.session, prepared);
  const Opinion boundary = AskIfAny(policies.boundary, prepared);
  if (identity.denies) return {Verdict::kExplicitDeny, PolicySource::kIdentity};
  if (resource.denies) return {Verdict::kExplicitDeny, PolicySource::kResource};
  if (session.denies) return {Verdict::kExplicitDeny, PolicySource::kSession};
  if (boundary.denies) return {Verdict::kExplicitDeny, PolicySource::kBoundary};

  if (resource.allowed_as == PrincipalMatch::kDirect) return {Verdict::kAllowed, PolicySource::kResource};
  const bool session_limits = policies.session != nullptr && !session.allows;
  const bool boundary_limits = policies.boundary != nullptr && !boundary.allows;
  const bool identity_counts = !policies.resource_governs || resource.allows;
  if (!identity_counts) return {Verdict::kImplicitDeny, PolicySource::kResource};
  const bool granted = identity.allows || resource.allowed_as == PrincipalMatch::kRole;
  if (!granted) {
    return {Verdict::kImplicitDeny,
            question.caller.account.empty() ? PolicySource::kResource : PolicySource::kIdentity};
  }
  if (session_limits) return {Verdict::kImplicitDeny, PolicySource::kSession};
  if (boundary_limits) return {Verdict::kImplicitDeny, PolicySource::kBoundary};
  return {Verdict::kAllowed, identity.allows ? PolicySource::kIdentity : PolicySource::kResource};
}

PrincipalMatch AllowedAs(const AccessQuestion& question, const Policy& policy) {
  const Opinion opinion = Ask(policy, {Lower(question.action), ResourceName(question.resource), question, nullptr});
  return opinion.denies ? PrincipalMatch::kNone : opinion.allowed_as;
}

}  // namespace sagebrush::identity
