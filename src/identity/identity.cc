#include "identity/identity.h"

#include <array>

#include <fmt/format.h>

#include "base/arn.h"
#include "base/error.h"
#include "identity/authorization_message.h"
#include "identity/iam_error.h"
#include "identity/request_facts.h"
#include "wire/signed_text.h"
#include "wire/sigv4_error.h"

namespace sagebrush::identity {
namespace {

using wire::AuthenticationFailure;
using wire::ErrorFamily;

[[noreturn]] void ThrowFailure(const wire::HttpRequest& request, std::string_view service,
                               AuthenticationFailure failure) {
  const ErrorFamily family = wire::FamilyOf(request, service);
  const bool is_s3 = family == ErrorFamily::kS3;
  std::string_view message;
  switch (failure) {
    case AuthenticationFailure::kNotSigned:
      message = is_s3                           ? "Access Denied"
                : family == ErrorFamily::kQuery ? "Request is missing Authentication Token"
                                                : "Missing Authentication Token";
      break;
    case AuthenticationFailure::kExpiredToken:
      message = is_s3 ? "The provided token has expired." : "The security token included in the request is expired";
      break;
    case AuthenticationFailure::kInvalidToken:
      message = is_s3 ? "The provided token is malformed or otherwise invalid."
                      : "The security token included in the request is invalid.";
      break;
    default:
      message = is_s3 ? "The AWS Access Key Id you provided does not exist in our records."
                      : "The security token included in the request is invalid.";
  }
  throw Error(wire::KindOf(failure, family), std::string(message));
}

// How the service whose operation `action` is words a denial.
ErrorKind DenialKind(std::string_view action) {
  static constexpr std::array<std::string_view, 8> kXmlServices{
      "s3:", "iam:", "sts:", "cloudwatch:", "cloudformation:", "ec2:", "sns:", "sqs:"};
  for (const auto prefix : kXmlServices) {
    if (action.starts_with(prefix)) return kDenied;
  }
  // REST services answer 403, the JSON protocols 400.
  const bool is_rest = action.starts_with("sagemaker:InvokeEndpoint");
  return {kAccessDenied.code, is_rest ? 403 : 400, Fault::kClient};
}

std::string Reason(const Decision& decision, std::string_view action) {
  static constexpr std::array<std::string_view, 4> kSources{"identity-based policy", "resource-based policy",
                                                            "session policy", "permissions boundary"};
  const std::string_view source = kSources[static_cast<std::size_t>(decision.source)];
  if (decision.verdict != Verdict::kExplicitDeny) {
    return fmt::format("because no {} allows the {} action", source, action);
  }
  const bool vowel = decision.source == PolicySource::kIdentity;
  return fmt::format("with an explicit deny in {} {}", vowel ? "an" : "a", source);
}

// `kind`: of the service that is asked, also for what it asks of another one (iam:PassRole).
[[noreturn]] void ThrowDenied(const ErrorKind& kind, const wire::Principal& principal, const wire::Access& access,
                              const Decision& decision, const ServerKey& key) {
  if (principal.account.empty()) throw Error(kind, "Access Denied");
  const bool is_s3 = access.action.starts_with("s3:");
  throw wire::DeniedError(
      kind,
      fmt::format("User: {} is not authorized to perform: {} on resource: {}{}{} {}", principal.arn, access.action,
                  is_s3 ? "\"" : "", access.resource, is_s3 ? "\"" : "", Reason(decision, access.action)),
      EncodeDecision(key, principal, access, decision));
}

// docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html: whatever policies say.
void RefuseForeignRole(const wire::Principal& principal, const wire::Access& access, const ErrorKind& kind) {
  if (access.action != "iam:PassRole") return;
  const auto role = Arn::Parse(access.resource);
  if (role && role->account != principal.account) throw Error(kind, "Cross-account pass role is not allowed.");
}

PolicySet PoliciesOf(const IdentityEntry* entry) {
  PolicySet policies;
  if (entry == nullptr) return policies;
  policies.identity.reserve(entry->policies.size());
  for (const auto& named : entry->policies) policies.identity.push_back(named.policy.get());
  policies.boundary = entry->boundary.get();
  policies.is_root = entry->is_root;
  return policies;
}

Caller CallerOf(const wire::Principal& principal, const IdentityEntry* entry) {
  return {.account = principal.account,
          .arn = principal.arn,
          .identity_arn = principal.identity_arn,
          .service = {},
          .identity_id = entry == nullptr ? std::string_view() : std::string_view(entry->id)};
}

}  // namespace

Authenticated Identity::Authenticate(const wire::HttpRequest& request, Time now) const {
  return Authenticate(request, wire::ReadSignature(request), now);
}

Authenticated Identity::Authenticate(const wire::HttpRequest& request, std::optional<wire::Signature> signature,
                                     Time now) const {
  if (!signature) {
    // Whether its operation may be called without a signature is for wire::FindRoute to say, which reads the form.
    const ErrorFamily family = wire::FamilyOf(request, "");
    if (family != ErrorFamily::kS3 && family != ErrorFamily::kQuery) {
      ThrowFailure(request, "", AuthenticationFailure::kNotSigned);
    }
    return {{.arn = "anonymous"}, std::nullopt, ""};
  }
  const auto check = [&](const wire::Signature& given, std::string_view secret) {
    wire::CheckSignature(request, given, secret, now);
  };
  return AuthenticateBy(check, request, std::move(*signature), now);
}

Authenticated Identity::AuthenticateText(const wire::HttpRequest& request, wire::Signature signature,
                                         std::string_view text, Time now) const {
  const auto check = [&](const wire::Signature& given, std::string_view secret) {
    if (!wire::MatchesText(given, text, secret)) ThrowFailure(request, "s3", AuthenticationFailure::kMismatch);
  };
  return AuthenticateBy(check, request, std::move(signature), now);
}

Authenticated Identity::AuthenticateBy(const SecretCheck& check, const wire::HttpRequest& request,
                                       wire::Signature signature, Time now) const {
  const bool is_session = !signature.session_token.empty() || signature.access_key_id.starts_with("ASIA");
  if (is_session) return AuthenticateSession(check, request, std::move(signature), now);
  Authenticated result = AuthenticateKey(check, request, std::move(signature));
  last_uses_.Note(result.principal.access_key_id, result.signature->service, result.signature->region, now);
  return result;
}

Authenticated Identity::AuthenticateSession(const SecretCheck& check, const wire::HttpRequest& request,
                                            wire::Signature signature, Time now) const {
  const auto session = directory_.FindSession(signature.session_token);
  if (session == nullptr || session->access_key_id != signature.access_key_id) {
    ThrowFailure(request, signature.service, AuthenticationFailure::kInvalidToken);
  }
  if (session->expires <= now) ThrowFailure(request, signature.service, AuthenticationFailure::kExpiredToken);
  const auto entry = directory_.FindIdentity(session->identity_arn);
  if (entry == nullptr || entry->id != session->identity_id) {
    ThrowFailure(request, signature.service, AuthenticationFailure::kUnknownKey);
  }
  std::string secret = SessionSecret(*session, key_);
  check(signature, secret);
  if (entry->is_role) last_uses_.Note(entry->id, signature.service, signature.region, now);
  return {PrincipalOf(*entry, *session), std::move(signature), std::move(secret)};
}

Authenticated Identity::AuthenticateKey(const SecretCheck& check, const wire::HttpRequest& request,
                                        wire::Signature signature) const {
  const auto key = directory_.FindAccessKey(signature.access_key_id);
  if (key == nullptr || !key->active) {
    ThrowFailure(request, signature.service, AuthenticationFailure::kUnknownKey);
  }
  check(signature, key->secret);
  wire::Principal principal;
  principal.account = key->account;
  principal.access_key_id = key->id;
  principal.arn = principal.identity_arn = key->identity_arn;
  principal.user_id = key->identity_id;
  return {std::move(principal), std::move(signature), key->secret};
}

wire::Principal Identity::PrincipalOf(const IdentityEntry& entry, const Session& session) {
  wire::Principal principal;
  principal.account = entry.account;
  principal.access_key_id = session.access_key_id;
  principal.identity_arn = entry.arn;
  principal.session_policy = session.policy;
  principal.session_tags = session.tags;
  principal.session_issued = session.issued;
  principal.source_identity = session.source_identity;
  principal.transitive_tags = session.transitive_tags;
  principal.federated_provider = session.federated_provider;
  if (entry.is_role) {
    principal.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", entry.account, entry.name, session.name);
    principal.user_id = entry.id + ":" + session.name;
  } else if (!session.name.empty()) {
    principal.arn = fmt::format("arn:aws:sts::{}:federated-user/{}", entry.account, session.name);
    principal.user_id = entry.account + ":" + session.name;
  } else {
    principal.arn = entry.arn;
    principal.user_id = entry.id;
  }
  return principal;
}

Decision Identity::Evaluate(const wire::Principal& principal, const wire::Access& access,
                            const wire::Call* call) const {
  const auto entry = directory_.FindIdentity(principal.identity_arn);
  PolicySet policies = PoliciesOf(entry.get());
  std::shared_ptr<const Policy> resource;
  std::shared_ptr<const Policy> session;
  if (!access.resource_policy.is_null()) {
    resource = directory_.Compile(ToText(access.resource_policy), PolicyType::kResource);
    policies.resource = resource.get();
  }
  policies.resource_governs = access.resource_policy_governs;
  if (!principal.session_policy.is_null()) {
    session = directory_.Compile(ToText(principal.session_policy), PolicyType::kIdentity);
    policies.session = session.get();
  }
  const PrincipalFacts facts(principal, entry.get(), access.context, clock_.Now(), call);
  return Decide({access.action, access.resource, CallerOf(principal, entry.get()), facts}, policies);
}

void Identity::Check(const wire::Principal& principal, const std::vector<wire::Access>& accesses,
                     const wire::Call* call) const {
  for (const auto& access : accesses) {
    RefuseForeignRole(principal, access, DenialKind(accesses.front().action));
    const Decision decision = Evaluate(principal, access, call);
    if (decision.verdict != Verdict::kAllowed) {
      ThrowDenied(DenialKind(accesses.front().action), principal, access, decision, key_);
    }
  }
}

void Identity::Check(const wire::Call& call, const std::vector<wire::Access>& accesses) const {
  Check(call.principal, accesses, &call);
}

void Identity::Check(const wire::Principal& principal, const std::vector<wire::Access>& accesses) const {
  Check(principal, accesses, nullptr);
}

bool Identity::MayAssume(const wire::Call& call, const IdentityEntry& role, const std::string& action,
                         const JsonObject& context) const {
  const wire::Principal& principal = call.principal;
  const auto entry = directory_.FindIdentity(principal.identity_arn);
  if (entry == nullptr || role.trust == nullptr) return false;
  const PrincipalFacts facts(principal, entry.get(), context, clock_.Now(), &call);
  const AccessQuestion question{action, role.arn, CallerOf(principal, entry.get()), facts};
  if (AllowedAs(question, *role.trust) == PrincipalMatch::kNone) return false;
  PolicySet policies = PoliciesOf(entry.get());
  policies.resource = role.trust.get();
  std::shared_ptr<const Policy> session;
  if (!principal.session_policy.is_null()) {
    session = directory_.Compile(ToText(principal.session_policy), PolicyType::kIdentity);
    policies.session = session.get();
  }
  return Decide(question, policies).verdict == Verdict::kAllowed;
}

bool Identity::MayAssumeFederated(const std::string& provider, const IdentityEntry& role, const std::string& action,
                                  const JsonObject& context, const wire::Call& call) const {
  if (role.trust == nullptr) return false;
  const wire::Principal nobody;
  const PrincipalFacts facts(nobody, nullptr, context, clock_.Now(), &call);
  PolicySet policies;
  policies.resource = role.trust.get();
  Caller caller;
  caller.federated = provider;
  return Decide({action, role.arn, caller, facts}, policies).verdict == Verdict::kAllowed;
}

std::string Identity::PinPolicy(std::string_view text) const {
  Policy::Parse(text, PolicyType::kResource);
  return ReplacePrincipals(text, [this](const std::string& name) { return directory_.PinnedName(name); });
}

std::string Identity::PinTrustPolicy(std::string_view text) const {
  Policy::Parse(text, PolicyType::kTrust);
  return ReplacePrincipals(text, [this](const std::string& name) { return directory_.PinnedName(name); });
}

std::string Identity::ShowPolicy(std::string_view pinned) const {
  return ReplacePrincipals(pinned, [this](const std::string& name) { return directory_.ShownName(name); });
}

ServiceSession Identity::AssumeServiceRole(const std::string& role_arn, const std::string& session_name,
                                           std::string_view service, Milliseconds lifetime,
                                           const std::string& source_arn) const {
  const auto entry = directory_.FindIdentity(role_arn);
  const auto trusts = [&] {
    if (entry == nullptr || entry->trust == nullptr) return false;
    wire::Principal nobody;
    JsonObject context{{"aws:PrincipalServiceName", service},
                       {"aws:PrincipalServiceNamesList", JsonArray{Json(service)}},
                       {"aws:PrincipalIsAWSService", "true"},
                       {"aws:SourceAccount", entry->account},
                       {"sts:RoleSessionName", session_name}};
    if (!source_arn.empty()) context["aws:SourceArn"] = source_arn;
    const PrincipalFacts facts(nobody, nullptr, context, clock_.Now());
    PolicySet policies;
    policies.resource = entry->trust.get();
    return Decide({"sts:AssumeRole", role_arn, {{}, {}, {}, service}, facts}, policies).verdict == Verdict::kAllowed;
  };
  if (!trusts()) {
    throw Error(kValidation,
                fmt::format("Could not assume role {}. Please ensure that the role exists and allows principal '{}' to "
                            "assume the role.",
                            role_arn, service));
  }
  const Time now = clock_.Now();
  Session session{.account = entry->account,
                  .identity_arn = entry->arn,
                  .identity_id = entry->id,
                  .name = session_name,
                  .issued = now,
                  .expires = now + lifetime};
  const wire::Credentials credentials = IssueCredentials(session, key_);
  if (const auto source = Arn::Parse(source_arn)) last_uses_.Note(entry->id, source->service, source->region, now);
  return {PrincipalOf(*entry, session), credentials, session.expires};
}

}  // namespace sagebrush::identity
