#pragma once

#include <cstdint>

#include "identity/identity.h"
#include "identity/session.h"
#include "wire/call.h"

// What the operations of STS that give temporary credentials have in common.
namespace sagebrush::identity {

// Tags that a session is given. Keys differ also without regard to case.
struct SessionTags {
  JsonObject tags;
  std::vector<std::string> transitive;  // Those that go on to the roles that the session assumes.
};

// The input's Tags and TransitiveTagKeys, and the transitive tags of the caller's own session. Throws Error.
SessionTags ReadSessionTags(const wire::Call& call);

// The input's Policy and PolicyArns, which are those of `account`, as one document; null: there are none. Throws
// MalformedPolicyDocument, and PackedPolicyTooLarge when they are longer than sessions hold.
Json ReadSessionPolicy(const Identity& identity, const wire::Call& call, const std::string& account);

// What trust policies see of an input that assumes a role: name, tags, source identity, external id; and of the role.
JsonObject TrustContext(const wire::Call& call, const IdentityEntry& role, const SessionTags& tags);

// DurationSeconds, at most what the role allows. Throws ValidationError.
std::int64_t RoleSeconds(const wire::Call& call, const IdentityEntry& role);

// Refuses what no session here has: a second factor, contexts of providers, a token of a wanted size.
void RefuseUnbuiltMembers(const Json& input);

// Makes the session's credentials, with what every such operation answers: Credentials and, where there is a policy or
// a tag, PackedPolicySize in percent.
JsonObject IssueSession(const Identity& identity, const wire::Call& call, Session& session);
// Also AssumedRoleUser and SourceIdentity.
JsonObject IssueRoleSession(const Identity& identity, const wire::Call& call, const IdentityEntry& role,
                            Session& session);

}  // namespace sagebrush::identity
