#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "identity/server_key.h"
#include "wire/sigv4.h"

namespace sagebrush::identity {

// What temporary credentials stand for. It travels, sealed, in the session token: the server keeps nothing of it, so
// credentials outlive a restart. They end with their time or with the user or role they were made for.
struct Session {
  std::string access_key_id;  // ASIA...
  std::string account;
  std::string identity_arn;  // Of the role or user.
  std::string identity_id;   // Its unique id: a role re-created under the same name does not revive them.
  std::string name;          // Of a role's session or a federated user; empty for GetSessionToken.
  Time issued;
  Time expires;
  Json policy;  // Null: none.
  JsonObject tags;
  std::string source_identity{};               // Empty: none was given.
  std::vector<std::string> transitive_tags{};  // Keys of `tags` that go on to the roles that the session assumes.
  std::string federated_provider{};            // The ARN of whose token it was given for; empty: none.
};

// Gives `session` an access key id and returns the credentials for it.
wire::Credentials IssueCredentials(Session& session, const ServerKey& key);

// nullopt: not a token of this server. Whether it has expired is the caller's to check.
std::optional<Session> ReadSessionToken(std::string_view token, const ServerKey& key);
std::string SessionSecret(const Session& session, const ServerKey& key);

// A prefix ("AKIA", "ASIA": access keys, "AIDA": user, "AROA": role, "ANPA": policy) and random letters and digits.
std::string NewUniqueId(std::string_view prefix);

}  // namespace sagebrush::identity
