#include "identity/sts_sessions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "identity/iam_error.h"

namespace sagebrush::identity {
namespace {

constexpr std::size_t kPackedMax = 2048;  // Characters of policies, ARNs of policies and tags.
constexpr std::size_t kTagsMax = 50;
constexpr std::size_t kPolicyArnsMax = 10;

std::size_t PackedSize(const wire::Call& call, const Session& session) {
  std::size_t size = GetString(call.input, "Policy").size();
  if (const Json* const arns = Find(call.input, "PolicyArns")) {
    for (const auto& item : arns->as_array()) size += GetString(item, "arn").size();
  }
  for (const auto& tag : session.tags) size += tag.key().size() + tag.value().as_string().size();
  return size;
}

bool HasKey(const JsonObject& tags, std::string_view key) {
  return std::any_of(tags.begin(), tags.end(), [&](const auto& tag) {
    return EqualsIgnoringCase({tag.key().data(), tag.key().size()}, Lower(key));
  });
}

}  // namespace

SessionTags ReadSessionTags(const wire::Call& call) {
  SessionTags out;
  for (const auto& key : call.principal.transitive_tags) {
    if (const Json* const value = call.principal.session_tags.if_contains(key)) out.tags[key] = *value;
    out.transitive.push_back(key);
  }
  if (const Json* const list = Find(call.input, "Tags")) {
    for (const auto& tag : list->as_array()) {
      const std::string key = GetString(tag, "Key");
      if (Lower(key).starts_with("aws:")) {
        throw Error(kInvalidParameterValue, fmt::format("The tag key {} begins with aws:, which is AWS's own.", key));
      }
      if (HasKey(out.tags, key)) {
        throw Error(kInvalidParameterValue,
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
      }
      out.tags[key] = GetString(tag, "Value");
    }
  }
  if (out.tags.size() > kTagsMax) {
    throw Error(kInvalidParameterValue, fmt::format("A session has {} tags at most.", kTagsMax));
  }
  if (const Json* const keys = Find(call.input, "TransitiveTagKeys")) {
    for (const auto& item : keys->as_array()) {
      const std::string key(item.as_string());
      if (!out.tags.contains(key)) {
        throw Error(kInvalidParameterValue,
                    fmt::format("The transitive tag key {} is not one of the session's tags.", key));
      }
      if (std::find(out.transitive.begin(), out.transitive.end(), key) == out.transitive.end())
        out.transitive.push_back(key);
    }
  }
  return out;
}

Json ReadSessionPolicy(const Identity& identity, const wire::Call& call, const std::string& account) {
  JsonArray statements;
  const auto add = [&statements](std::string_view text) {
    Policy::Parse(text, PolicyType::kIdentity);
    const Json document = ParseJson(text);
    const Json& statement = document.at("Statement");
    if (!statement.is_array()) {
      statements.push_back(statement);
    } else {
      for (const auto& one : statement.get_array()) statements.push_back(one);
    }
  };
  const std::string text = GetString(call.input, "Policy");
  if (text.size() > kPackedMax) {
    throw Error(kPackedPolicyTooLarge, fmt::format("Packed size of session policy exceeds {} characters.", kPackedMax));
  }
  if (!text.empty()) add(text);
  if (const Json* const arns = Find(call.input, "PolicyArns")) {
    if (arns->as_array().size() > kPolicyArnsMax) {
      throw Error(kValidationError, fmt::format("A session has {} managed policies at most.", kPolicyArnsMax));
    }
    for (const auto& item : arns->as_array()) {
      const std::string arn = GetString(item, "arn");
      const auto document = identity.directory().PolicyText(arn, account);
      if (document == nullptr) throw Error(kMalformedPolicy, fmt::format("Policy {} was not found.", arn));
      add(*document);
    }
  }
  if (statements.empty()) return nullptr;
  return JsonObject{{"Version", "2012-10-17"}, {"Statement", std::move(statements)}};
}

JsonObject TrustContext(const wire::Call& call, const IdentityEntry& role, const SessionTags& tags) {
  JsonObject context{{"sts:RoleSessionName", GetString(call.input, "RoleSessionName")}};
  const std::string external_id = GetString(call.input, "ExternalId");
  if (!external_id.empty()) context["sts:ExternalId"] = external_id;
  const std::string source = GetString(call.input, "SourceIdentity");
  if (!source.empty()) context["sts:SourceIdentity"] = source;
  JsonArray keys;
  for (const auto& tag : tags.tags) {
    context["aws:RequestTag/" + std::string(tag.key())] = tag.value();
    keys.emplace_back(tag.key());
  }
  if (!keys.empty()) context["aws:TagKeys"] = std::move(keys);
  if (!tags.transitive.empty()) {
    context["sts:TransitiveTagKeys"] = JsonArray(tags.transitive.begin(), tags.transitive.end());
  }
  for (const auto& [key, value] : role.tags) {
    context["aws:ResourceTag/" + key] = value;
    context["iam:ResourceTag/" + key] = value;
  }
  return context;
}

std::int64_t RoleSeconds(const wire::Call& call, const IdentityEntry& role) {
  const std::int64_t seconds = GetInt(call.input, "DurationSeconds", 3600);
  if (seconds <= role.session_seconds_max) return seconds;
  throw Error(kValidationError, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
}

void RefuseUnbuiltMembers(const Json& input) {
  for (const auto& [member, reason] : {std::pair{"SerialNumber", "nobody signs in with a second factor"},
                                       {"TokenCode", "nobody signs in with a second factor"},
                                       {"ProviderId", "tokens are those of OpenID Connect providers, not of OAuth 2.0"},
                                       {"ProvidedContexts", "there are no context providers"},
                                       {"MinimumSessionTokenSize", "tokens have the size that they need"}}) {
    if (Find(input, member) == nullptr) continue;
    throw Error(kValidationError, fmt::format("{} is not taken: {}.", member, reason));
  }
}

JsonObject IssueSession(const Identity& identity, const wire::Call& call, Session& session) {
  const std::size_t packed = PackedSize(call, session);
  if (packed > kPackedMax) {
    throw Error(kPackedPolicyTooLarge,
                fmt::format("Packed size of session tags and policies consumes {}% of allotted space.",
                            packed * 100 / kPackedMax));
  }
  const wire::Credentials credentials = IssueCredentials(session, identity.server_key());
  JsonObject out{{"Credentials", JsonObject{{"AccessKeyId", credentials.access_key_id},
                                            {"SecretAccessKey", credentials.secret_key},
                                            {"SessionToken", credentials.session_token},
                                            {"Expiration", session.expires.ToEpochSeconds()}}}};
  if (packed > 0)
    out["PackedPolicySize"] = std::max<std::int64_t>(1, static_cast<std::int64_t>(packed * 100 / kPackedMax));
  return out;
}

JsonObject IssueRoleSession(const Identity& identity, const wire::Call& call, const IdentityEntry& role,
                            Session& session) {
  JsonObject out = IssueSession(identity, call, session);
  const wire::Principal principal = Identity::PrincipalOf(role, session);
  out["AssumedRoleUser"] = JsonObject{{"AssumedRoleId", principal.user_id}, {"Arn", principal.arn}};
  if (!session.source_identity.empty()) out["SourceIdentity"] = session.source_identity;
  return out;
}

}  // namespace sagebrush::identity
