// STS: who am I, and temporary credentials.
#include <algorithm>

#include <fmt/format.h>

#include "identity/authorization_message.h"
#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/sts_sessions.h"

namespace sagebrush::identity {
namespace {

constexpr std::int64_t kChainedSecondsMax = 3600;
constexpr std::int64_t kRootSecondsMax = 3600;
constexpr std::int64_t kSessionSecondsDefault = 12 * 3600;

bool IsSession(const wire::Principal& principal) { return principal.access_key_id.starts_with("ASIA"); }
bool IsRoot(const wire::Call& call) { return call.principal.identity_arn == RootArn(call.account()); }

Json GetCallerIdentity(const Identity&, const wire::Call& call) {
  return JsonObject{
      {"UserId", call.principal.user_id}, {"Account", call.principal.account}, {"Arn", call.principal.arn}};
}

// A session of the caller, a user or root, itself.
Session OwnSession(const Identity& identity, const wire::Call& call, std::string_view operation) {
  RefuseUnbuiltMembers(call.input);
  if (IsSession(call.principal)) {
    throw Error(kDenied, fmt::format("Cannot call {} with session credentials", operation));
  }
  const std::int64_t wanted = GetInt(call.input, "DurationSeconds", kSessionSecondsDefault);
  const std::int64_t seconds = IsRoot(call) ? std::min(wanted, kRootSecondsMax) : wanted;
  const Time now = identity.clock().Now();
  return {.account = call.account(),
          .identity_arn = call.principal.identity_arn,
          .identity_id = call.principal.user_id,
          .issued = now,
          .expires = now + Milliseconds(seconds * 1000)};
}

Json GetSessionToken(const Identity& identity, const wire::Call& call) {
  Session session = OwnSession(identity, call, "GetSessionToken");
  return IssueSession(identity, call, session);
}

// What a federated user may do without a policy of its own: what every session may.
Json NoRights() {
  return JsonObject{{"Version", "2012-10-17"},
                    {"Statement", JsonArray{JsonObject{
                                      {"Effect", "Allow"}, {"Action", "sts:GetCallerIdentity"}, {"Resource", "*"}}}}};
}

Json GetFederationToken(const Identity& identity, const wire::Call& call) {
  Session session = OwnSession(identity, call, "GetFederationToken");
  session.name = GetString(call.input, "Name");
  session.policy = ReadSessionPolicy(identity, call, call.account());
  if (session.policy.is_null()) session.policy = NoRights();
  session.tags = ReadSessionTags(call).tags;
  JsonObject out = IssueSession(identity, call, session);
  out["FederatedUser"] =
      JsonObject{{"FederatedUserId", call.account() + ":" + session.name},
                 {"Arn", fmt::format("arn:aws:sts::{}:federated-user/{}", call.account(), session.name)}};
  return out;
}

[[noreturn]] void ThrowMayNotAssume(const wire::Call& call, std::string_view action) {
  throw Error(kDenied, fmt::format("User: {} is not authorized to perform: {} on resource: {}", call.principal.arn,
                                   action, GetString(call.input, "RoleArn")));
}

void CheckMayAssume(const Identity& identity, const wire::Call& call, const IdentityEntry& role,
                    const SessionTags& tags) {
  const JsonObject context = TrustContext(call, role, tags);
  const auto check = [&](const char* action) {
    if (!identity.MayAssume(call, role, action, context)) ThrowMayNotAssume(call, action);
  };
  check("sts:AssumeRole");
  if (!tags.tags.empty()) check("sts:TagSession");
  // A session that has a source identity keeps it; one that sets it needs the right to.
  const std::string source = GetString(call.input, "SourceIdentity");
  const std::string& present = call.principal.source_identity;
  if (source.empty() || source == present) return;
  if (!present.empty()) ThrowMayNotAssume(call, "sts:SetSourceIdentity");
  check("sts:SetSourceIdentity");
}

Json AssumeRole(const Identity& identity, const wire::Call& call) {
  const auto role = identity.directory().FindIdentity(GetString(call.input, "RoleArn"));
  if (role == nullptr || !role->is_role) ThrowMayNotAssume(call, "sts:AssumeRole");
  RefuseUnbuiltMembers(call.input);
  SessionTags tags = ReadSessionTags(call);
  CheckMayAssume(identity, call, *role, tags);
  if (IsSession(call.principal) && GetInt(call.input, "DurationSeconds", 3600) > kChainedSecondsMax) {
    throw Error(kValidationError,
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  }
  const Time now = identity.clock().Now();
  Session session{.account = role->account,
                  .identity_arn = role->arn,
                  .identity_id = role->id,
                  .name = GetString(call.input, "RoleSessionName"),
                  .issued = now,
                  .expires = now + Milliseconds(RoleSeconds(call, *role) * 1000),
                  .policy = ReadSessionPolicy(identity, call, role->account),
                  .tags = std::move(tags.tags),
                  .source_identity = GetString(call.input, "SourceIdentity", call.principal.source_identity),
                  .transitive_tags = std::move(tags.transitive)};
  return IssueRoleSession(identity, call, *role, session);
}

Json GetAccessKeyInfo(const Identity& identity, const wire::Call& call) {
  const std::string id = GetString(call.input, "AccessKeyId");
  // Session keys are kept nowhere; of those only the caller's own can be told.
  if (id == call.principal.access_key_id) return JsonObject{{"Account", call.account()}};
  const auto key = identity.directory().FindAccessKey(id);
  if (key == nullptr) throw Error(kValidationError, fmt::format("The access key {} is not known here.", id));
  return JsonObject{{"Account", key->account}};
}

Json DecodeAuthorizationMessage(const Identity& identity, const wire::Call& call) {
  const auto message = DecodeDecision(identity.server_key(), call.account(), GetString(call.input, "EncodedMessage"));
  if (!message) throw Error(kInvalidMessage, "Message is not valid");
  return JsonObject{{"DecodedMessage", *message}};
}

wire::AccessRule Needs(const char* action, std::function<std::string(const wire::Call&)> resource) {
  return [action, resource = std::move(resource)](const wire::Call& call) {
    return std::vector<wire::Access>{
        {.action = action, .resource = resource(call), .context = {}, .resource_policy = nullptr}};
  };
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
  const auto all = [](const wire::Call&) { return std::string("*"); };
  add("GetCallerIdentity", GetCallerIdentity, wire::RunsOn::kIoThread, any);
  add("GetSessionToken", GetSessionToken, wire::RunsOn::kIoThread, any);
  // Their own check needs the role's trust policy.
  add("AssumeRole", AssumeRole, wire::RunsOn::kPool, any);
  AddWebIdentityOperations(table, identity);
  add("GetFederationToken", GetFederationToken, wire::RunsOn::kPool,
      Needs("sts:GetFederationToken", [](const wire::Call& call) {
        return fmt::format("arn:aws:sts::{}:federated-user/{}", call.account(), GetString(call.input, "Name"));
      }));
  add("DecodeAuthorizationMessage", DecodeAuthorizationMessage, wire::RunsOn::kPool,
      Needs("sts:DecodeAuthorizationMessage", all));
  add("GetAccessKeyInfo", GetAccessKeyInfo, wire::RunsOn::kPool, Needs("sts:GetAccessKeyInfo", all));
  table.Explain("sts", "AssumeRoleWithSAML", "Sign in through an OpenID Connect provider: AssumeRoleWithWebIdentity.");
}

}  // namespace sagebrush::identity
