// AssumeRoleWithWebIdentity: the token of an OpenID Connect provider that the account registered for a role's session.
#include <algorithm>

#include <fmt/format.h>

#include "identity/entities.h"
#include "identity/https_get.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"
#include "identity/provider_keys.h"
#include "identity/sts_sessions.h"

namespace sagebrush::identity {
namespace {

constexpr Milliseconds kLeeway{5 * 60 * 1000};  // By so much a provider's clock may be ahead.
constexpr const char* kTagsClaim = "https://aws.amazon.com/tags";
constexpr const char* kSourceClaim = "https://aws.amazon.com/source_identity";

[[noreturn]] void Refuse(const std::string& message) { throw Error(kInvalidIdentityToken, message); }

// A claim by its whole name: names of claims may have dots.
const Json* Claim(const Json& claims, std::string_view name) { return claims.get_object().if_contains(name); }

std::string TextClaim(const Json& claims, std::string_view name) {
  const Json* const claim = Claim(claims, name);
  if (claim == nullptr || !claim->is_string()) return {};
  return std::string(claim->get_string());
}

std::string RequiredClaim(const Json& claims, std::string_view name) {
  std::string text = TextClaim(claims, name);
  if (text.empty()) Refuse(fmt::format("Missing a required claim: {}", name));
  return text;
}

Time RequiredTime(const Json& claims, std::string_view name) {
  const Json* const claim = Claim(claims, name);
  if (claim == nullptr || !claim->is_number()) Refuse(fmt::format("Missing a required claim: {}", name));
  const double seconds = claim->to_number<double>();
  if (!(seconds >= 0 && seconds < 1e11)) Refuse(fmt::format("The claim {} is no time.", name));
  return {static_cast<std::int64_t>(seconds * 1000)};
}

std::vector<std::string> Audiences(const Json& claims) {
  const Json* const claim = Claim(claims, "aud");
  std::vector<std::string> audiences;
  if (claim != nullptr && claim->is_string()) audiences.emplace_back(claim->get_string());
  if (claim != nullptr && claim->is_array()) {
    for (const auto& one : claim->get_array()) {
      if (one.is_string()) audiences.emplace_back(one.get_string());
    }
  }
  if (audiences.empty()) Refuse("Missing a required claim: aud");
  return audiences;
}

// What a token proves, once it is believed.
struct WebIdentity {
  std::string provider;  // Its ARN.
  std::string name;      // Of the provider: condition keys begin with it.
  std::string subject;
  std::string audience;        // Whom the token was made for: "azp" where it has one, else "aud".
  std::string other_audience;  // "aud" where the token has an "azp".
  SessionTags tags;
  std::string source_identity;
};

void CheckTimes(const Json& claims, Time now) {
  const Time expires = RequiredTime(claims, "exp");
  if (expires <= now) {
    throw Error(kExpiredIdentityToken,
                fmt::format("Token expired: current date/time {} must be before the expiration date/time {}",
                            now.milliseconds / 1000, expires.milliseconds / 1000));
  }
  if (now + kLeeway < RequiredTime(claims, "iat")) Refuse("The token was made in the future.");
  if (Claim(claims, "nbf") != nullptr && now + kLeeway < RequiredTime(claims, "nbf")) {
    Refuse("The token is not valid yet.");
  }
}

void ReadAudience(const Json& claims, const store::Resource& provider, WebIdentity& identity) {
  const auto audiences = Audiences(claims);
  const auto clients = NamesIn(provider.spec, "ClientIDList");
  const auto known = [&](const std::string& one) {
    return std::find(clients.begin(), clients.end(), one) != clients.end();
  };
  const std::string presenter = TextClaim(claims, "azp");
  const auto audience = std::find_if(audiences.begin(), audiences.end(), known);
  if (audience == audiences.end() && !(known(presenter) && !presenter.empty())) Refuse("Incorrect token audience");
  identity.audience = presenter.empty() ? *audience : presenter;
  if (!presenter.empty()) identity.other_audience = audiences.front();
}

// {"principal_tags": {"key": ["value"]}, "transitive_tag_keys": ["key"]}
void ReadTags(const Json& claims, SessionTags& out) {
  const Json* const claim = Claim(claims, kTagsClaim);
  if (claim == nullptr) return;
  if (!claim->is_object()) Refuse(fmt::format("The claim {} does not have the form of session tags.", kTagsClaim));
  try {
    if (const Json* const tags = Find(*claim, "principal_tags")) {
      for (const auto& tag : tags->as_object()) {
        const Json& value = tag.value().is_array() ? tag.value().as_array().at(0) : tag.value();
        out.tags[tag.key()] = value.as_string();
      }
    }
    if (const Json* const keys = Find(*claim, "transitive_tag_keys")) {
      for (const auto& key : keys->as_array()) out.transitive.emplace_back(key.as_string());
    }
  } catch (const std::exception&) {  // Boost.JSON's, for a member of another type.
    Refuse(fmt::format("The claim {} does not have the form of session tags.", kTagsClaim));
  }
  for (const auto& key : out.transitive) {
    if (!out.tags.contains(key)) Refuse(fmt::format("The transitive tag key {} is not one of the token's tags.", key));
  }
  if (out.tags.size() > 50) Refuse("A session has 50 tags at most.");
}

WebIdentity Believe(const Identity& identity, ProviderKeys& keys, const wire::Call& call, const std::string& account) {
  const JsonWebToken token = JsonWebToken::Read(GetString(call.input, "WebIdentityToken"));
  const std::string issuer = RequiredClaim(token.claims, "iss");
  std::string name = issuer.substr(issuer.starts_with("https://") ? 8 : 0);
  if (name.ends_with('/')) name.pop_back();
  const auto provider = identity.store().Get(EntityKey(kOidcProviderKind, account, name));
  if (provider == nullptr || !issuer.starts_with("https://")) {
    Refuse(fmt::format("No OpenIDConnect provider found in your account for {}", issuer));
  }
  // The signature before the rest: what is told of a token is told to whoever has one of the provider's.
  if (!token.IsSignedBy(*keys.Get(issuer, token.key_id, NamesIn(provider->spec, "ThumbprintList")))) {
    Refuse("The token's signature does not hold: no key of the provider made it.");
  }
  CheckTimes(token.claims, identity.clock().Now());
  WebIdentity out{
      .provider = GetString(provider->spec, "Arn"), .name = name, .subject = RequiredClaim(token.claims, "sub")};
  ReadAudience(token.claims, *provider, out);
  ReadTags(token.claims, out.tags);
  out.source_identity = TextClaim(token.claims, kSourceClaim);
  return out;
}

JsonObject ContextOf(const wire::Call& call, const IdentityEntry& role, const WebIdentity& who) {
  JsonObject context = TrustContext(call, role, who.tags);
  context["aws:FederatedProvider"] = who.provider;
  context[who.name + ":sub"] = who.subject;
  context[who.name + ":aud"] = who.audience;
  if (!who.other_audience.empty()) context[who.name + ":oaud"] = who.other_audience;
  if (!who.source_identity.empty()) context["sts:SourceIdentity"] = who.source_identity;
  return context;
}

void CheckMayAssume(const Identity& identity, const wire::Call& call, const IdentityEntry& role,
                    const WebIdentity& who) {
  const JsonObject context = ContextOf(call, role, who);
  const auto check = [&](const char* action) {
    if (identity.MayAssumeFederated(who.provider, role, action, context, call)) return;
    throw Error(kDenied, fmt::format("Not authorized to perform {}", action));
  };
  check("sts:AssumeRoleWithWebIdentity");
  if (!who.tags.tags.empty()) check("sts:TagSession");
  if (!who.source_identity.empty()) check("sts:SetSourceIdentity");
}

Json AssumeRoleWithWebIdentity(const Identity& identity, ProviderKeys& keys, const wire::Call& call) {
  RefuseUnbuiltMembers(call.input);
  const auto role = identity.directory().FindIdentity(GetString(call.input, "RoleArn"));
  // Who may not assume a role is not told whether there is one.
  if (role == nullptr || !role->is_role)
    throw Error(kDenied, "Not authorized to perform sts:AssumeRoleWithWebIdentity");
  WebIdentity who = Believe(identity, keys, call, role->account);
  CheckMayAssume(identity, call, *role, who);
  const Time now = identity.clock().Now();
  Session session{.account = role->account,
                  .identity_arn = role->arn,
                  .identity_id = role->id,
                  .name = GetString(call.input, "RoleSessionName"),
                  .issued = now,
                  .expires = now + Milliseconds(RoleSeconds(call, *role) * 1000),
                  .policy = ReadSessionPolicy(identity, call, role->account),
                  .tags = std::move(who.tags.tags),
                  .source_identity = std::move(who.source_identity),
                  .transitive_tags = std::move(who.tags.transitive),
                  .federated_provider = who.provider};
  JsonObject out = IssueRoleSession(identity, call, *role, session);
  out["SubjectFromWebIdentityToken"] = who.subject;
  out["Provider"] = who.provider;
  out["Audience"] = who.audience;
  return out;
}

}  // namespace

void AddWebIdentityOperations(wire::OperationTable& table, const Identity& identity) {
  const auto keys = std::make_shared<ProviderKeys>(
      [](const std::string& url, const std::vector<std::string>& thumbprints) { return HttpsGet(url, thumbprints); },
      identity.clock());
  table.Add("sts", "AssumeRoleWithWebIdentity",
            {[&identity, keys](wire::Call& call) { return AssumeRoleWithWebIdentity(identity, *keys, call); },
             [](const wire::Call&) { return std::vector<wire::Access>(); }});
}

}  // namespace sagebrush::identity
