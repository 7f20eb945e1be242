#include "identity/session.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/id.h"

namespace sagebrush::identity {
namespace {
constexpr std::string_view kPurpose = "session-token";
constexpr std::string_view kIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
}  // namespace

wire::Credentials IssueCredentials(Session& session, const ServerKey& key) {
  session.access_key_id = NewUniqueId("ASIA");
  const JsonObject document{{"k", session.access_key_id},
                            {"a", session.account},
                            {"r", session.identity_arn},
                            {"i", session.identity_id},
                            {"n", session.name},
                            {"t", session.issued.milliseconds},
                            {"e", session.expires.milliseconds},
                            {"p", session.policy},
                            {"g", session.tags},
                            {"s", session.source_identity},
                            {"f", session.federated_provider},
                            {"x", JsonArray(session.transitive_tags.begin(), session.transitive_tags.end())}};
  return {session.access_key_id, SessionSecret(session, key), ToBase64(key.Seal(ToText(document), kPurpose))};
}

std::optional<Session> ReadSessionToken(std::string_view token, const ServerKey& key) {
  std::string sealed;
  if (!FromBase64(token, sealed)) return std::nullopt;
  const auto text = key.Unseal(sealed, kPurpose);
  if (!text) return std::nullopt;
  const Json document = ParseJson(*text);
  Session session;
  session.access_key_id = GetString(document, "k");
  session.account = GetString(document, "a");
  session.identity_arn = GetString(document, "r");
  session.identity_id = GetString(document, "i");
  session.name = GetString(document, "n");
  session.issued = {GetInt(document, "t")};
  session.expires = {GetInt(document, "e")};
  if (const Json* const policy = Find(document, "p")) session.policy = *policy;
  if (const Json* const tags = Find(document, "g")) session.tags = tags->as_object();
  session.source_identity = GetString(document, "s");
  session.federated_provider = GetString(document, "f");
  if (const Json* const keys = Find(document, "x")) {
    for (const auto& key : keys->as_array()) session.transitive_tags.emplace_back(key.as_string());
  }
  return session;
}

std::string SessionSecret(const Session& session, const ServerKey& key) {
  return key.DeriveSecret("session " + session.access_key_id + std::to_string(session.issued.milliseconds));
}

std::string NewUniqueId(std::string_view prefix) {
  const std::size_t count = prefix == "AKIA" || prefix == "ASIA" ? 16 : 17;
  return std::string(prefix) + RandomText(count, kIdAlphabet);
}

}  // namespace sagebrush::identity
