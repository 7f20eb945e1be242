// STS: who am I, and temporary credentials.
#include <algorithm>

#include <fmt/format.h>

#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/request_facts.h"

namespace sagebrush::identity {
namespace {

constexpr std::int64_t kChainedSecondsMax = 3600;
constexpr std::int64_t kRootSecondsMax = 3600;
constexpr std::int64_t kSessionSecondsDefault = 12 * 3600;
constexpr std::size_t kPackedPolicyMax = 2048;

bool IsSession(const wire::Principal& principal) { return principal.access_key_id.starts_with("ASIA"); }

Json CredentialsView(const wire::Credentials& credentials, const Session& session) {
  return JsonObject{{"AccessKeyId", credentials.access_key_id},
                    {"SecretAccessKey", credentials.secret_key},
                    {"SessionToken", credentials.session_token},
                    {"Expiration", session.expires.ToEpochSeconds()}};
}

Json GetCallerIdentity(const Identity&, const wire::Call& call) {
  return JsonObject{
      {"UserId", call.principal.user_id}, {"Account", call.principal.account}, {"Arn", call.principal.arn}};
}

Json GetSessionToken(const Identity& identity, const wire::Call& call) {
  if (IsSession(call.principal)) throw Error(kDenied, "Cannot call GetSessionToken with session credentials");
  const bool is_root = call.principal.identity_arn == RootArn(call.account());
  const std::int64_t wanted = GetInt(call.input, "DurationSeconds", kSessionSecondsDefault);
  const std::int64_t seconds = is_root ? std::min(wanted, kRootSecondsMax) : wanted;
  const Time now = identity.clock().Now();
  Session session{.account = call.account(),
                  .identity_arn = call.principal.identity_arn,
                  .identity_id = call.principal.user_id,
                  .issued = now,
                  .expires = now + Milliseconds(seconds * 1000)};
  const wire::Credentials credentials = IssueCredentials(session, identity.server_key());
  return JsonObject{{"Credentials", CredentialsView(credentials, session)}};
}

// The session policy and the managed policies that limit a session, as one document; null: none.
Json SessionPolicy(const Identity& identity, const wire::Call& call) {
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
  if (!text.empty()) add(text);
  if (const Json* const arns = Find(call.input, "PolicyArns")) {
    for (const auto& item : arns->as_array()) {
      const std::string arn = GetString(item, "arn");
      const auto document = identity.directory().PolicyText(arn, call.account());
      if (document == nullptr) throw Error(kMalformedPolicy, fmt::format("Policy {} was not found.", arn));
      add(*document);
    }
  }
  if (statements.empty()) return nullptr;
  return JsonObject{{"Version", "2012-10-17"}, {"Statement", std::move(statements)}};
}

JsonObject TagsOf(const wire::Call& call) {
  JsonObject tags;
  if (const Json* const list = Find(call.input, "Tags")) {
    for (const auto& tag : list->as_array()) tags[GetString(tag, "Key")] = GetString(tag, "Value");
  }
  return tags;
}

JsonObject TrustContext(const wire::Call& call, const IdentityEntry& role, const JsonObject& tags) {
  JsonObject context{{"sts:RoleSessionName", GetString(call.input, "RoleSessionName")}};
  const std::string external_id = GetString(call.input, "ExternalId");
  if (!external_id.empty()) context["sts:ExternalId"] = external_id;
  const std::string source = GetString(call.input, "SourceIdentity");
  if (!source.empty()) context["sts:SourceIdentity"] = source;
  JsonArray keys;
  for (const auto& tag : tags) {
    context["aws:RequestTag/" + std::string(tag.key())] = tag.value();
    keys.emplace_back(tag.key());
  }
  if (!keys.empty()) context["aws:TagKeys"] = std::move(keys);
  if (const Json* const transitive = Find(call.input, "TransitiveTagKeys"))
    context["sts:TransitiveTagKeys"] = *transitive;
  for (const auto& [key, value] : role.tags) {
    context["aws:ResourceTag/" + key] = value;
    context["iam:ResourceTag/" + key] = value;
  }
  return context;
}

[[noreturn]] void ThrowMayNotAssume(const wire::Call& call, std::string_view action) {
  throw Error(kDenied, fmt::format("User: {} is not authorized to perform: {} on resource: {}", call.principal.arn,
                                   action, GetString(call.input, "RoleArn")));
}

void CheckMayAssume(const Identity& identity, const wire::Call& call, const IdentityEntry& role,
                    const JsonObject& tags) {
  const JsonObject context = TrustContext(call, role, tags);
  const auto check = [&](const char* action) {
    if (!identity.MayAssume(call, role, action, context)) ThrowMayNotAssume(call, action);
  };
  check("sts:AssumeRole");
  if (!tags.empty()) check("sts:TagSession");
  // A session that has a source identity keeps it; one that sets it needs the right to.
  const std::string source = GetString(call.input, "SourceIdentity");
  const std::string& present = call.principal.source_identity;
  if (source.empty() || source == present) return;
  if (!present.empty()) ThrowMayNotAssume(call, "sts:SetSourceIdentity");
  check("sts:SetSourceIdentity");
}

std::int64_t DurationOf(const wire::Call& call, const IdentityEntry& role) {
  const std::int64_t seconds = GetInt(call.input, "DurationSeconds", 3600);
  if (IsSession(call.principal) && seconds > kChainedSecondsMax) {
    throw Error(kValidationError,
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  }
  if (seconds > role.session_seconds_max) {
    throw Error(kValidationError, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  return seconds;
}

Json AssumeRole(const Identity& identity, const wire::Call& call) {
  const auto role = identity.directory().FindIdentity(GetString(call.input, "RoleArn"));
  if (role == nullptr || !role->is_role) ThrowMayNotAssume(call, "sts:AssumeRole");
  JsonObject tags = TagsOf(call);
  CheckMayAssume(identity, call, *role, tags);
  const std::int64_t seconds = DurationOf(call, *role);
  const Time now = identity.clock().Now();
  Session session{.account = role->account,
                  .identity_arn = role->arn,
                  .identity_id = role->id,
                  .name = GetString(call.input, "RoleSessionName"),
                  .issued = now,
                  .expires = now + Milliseconds(seconds * 1000),
                  .policy = SessionPolicy(identity, call),
                  .tags = std::move(tags),
                  .source_identity = GetString(call.input, "SourceIdentity", call.principal.source_identity)};
  const wire::Credentials credentials = IssueCredentials(session, identity.server_key());
  const wire::Principal principal = Identity::PrincipalOf(*role, session);
  JsonObject out{{"Credentials", CredentialsView(credentials, session)},
                 {"AssumedRoleUser", JsonObject{{"AssumedRoleId", principal.user_id}, {"Arn", principal.arn}}}};
  if (!session.source_identity.empty()) out["SourceIdentity"] = session.source_identity;
  if (!GetString(call.input, "Policy").empty()) {
    out["PackedPolicySize"] =
        static_cast<std::int64_t>(GetString(call.input, "Policy").size() * 100 / kPackedPolicyMax);
  }
  return out;
}

Json GetAccessKeyInfo(const Identity& identity, const wire::Call& call) {
  const std::string id = GetString(call.input, "AccessKeyId");
  // Session keys are kept nowhere; of those only the caller's own can be told.
  if (id == call.principal.access_key_id) return JsonObject{{"Account", call.account()}};
  const auto key = identity.directory().FindAccessKey(id);
  if (key == nullptr) throw Error(kValidationError, fmt::format("The access key {} is not known here.", id));
  return JsonObject{{"Account", key->account}};
}

}  // namespace

void AddStsOperations(wire::OperationTable& table, const Identity& identity) {
  using Function = Json (*)(const Identity&, const wire::Call&);
  const auto add = [&](const char* name, Function function, wire::RunsOn runs_on, wire::AccessRule access) {
    table.Add(
        "sts", name,
        {[&identity, function](wire::Call& call) { return function(identity, call); }, std::move(access), runs_on});
  };
  const wire::AccessRule any = [](const wire::Call&) { return std::vector<wire::Access>(); };
  add("GetCallerIdentity", GetCallerIdentity, wire::RunsOn::kIoThread, any);
  add("GetSessionToken", GetSessionToken, wire::RunsOn::kIoThread, any);
  // Its own check needs the role's trust policy.
  add("AssumeRole", AssumeRole, wire::RunsOn::kPool, any);
  add("GetAccessKeyInfo", GetAccessKeyInfo, wire::RunsOn::kPool, [](const wire::Call&) {
    return std::vector<wire::Access>{
        {.action = "sts:GetAccessKeyInfo", .resource = "*", .context = {}, .resource_policy = nullptr}};
  });
}

}  // namespace sagebrush::identity
