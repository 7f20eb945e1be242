#include "identity/authorization_message.h"

#include "base/encoding.h"

namespace sagebrush::identity {
namespace {

constexpr std::size_t kEncodedMax = 10240;

std::string Purpose(const std::string& account) { return "authorization-message " + account; }

JsonArray Values(const Json& value) {
  JsonArray items;
  if (!value.is_array()) {
    items.push_back(JsonObject{{"value", value}});
  } else {
    for (const auto& one : value.get_array()) items.push_back(JsonObject{{"value", one}});
  }
  return items;
}

JsonArray Conditions(const JsonObject& context) {
  JsonArray items;
  for (const auto& entry : context) {
    items.push_back(JsonObject{{"key", entry.key()}, {"values", JsonObject{{"items", Values(entry.value())}}}});
  }
  return items;
}

}  // namespace

std::string EncodeDecision(const ServerKey& key, const wire::Principal& principal, const wire::Access& access,
                           const Decision& decision) {
  const auto encode = [&](JsonArray conditions) {
    const JsonObject document{
        {"allowed", false},
        {"explicitDeny", decision.verdict == Verdict::kExplicitDeny},
        {"matchedStatements", JsonObject{{"items", JsonArray()}}},
        {"failures", JsonObject{{"items", JsonArray()}}},
        {"context", JsonObject{{"principal", JsonObject{{"id", principal.user_id}, {"arn", principal.arn}}},
                               {"action", access.action},
                               {"resource", access.resource},
                               {"conditions", JsonObject{{"items", std::move(conditions)}}}}}};
    return ToBase64(key.Seal(ToText(document), Purpose(principal.account)));
  };
  std::string encoded = encode(Conditions(access.context));
  return encoded.size() <= kEncodedMax ? encoded : encode({});
}

std::optional<std::string> DecodeDecision(const ServerKey& key, const std::string& account, std::string_view encoded) {
  std::string sealed;
  if (!FromBase64(encoded, sealed)) return std::nullopt;
  return key.Unseal(sealed, Purpose(account));
}

}  // namespace sagebrush::identity
