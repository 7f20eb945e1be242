#include "identity/request_facts.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace sagebrush::identity {
namespace {

std::string AsString(const Json& value) { return value.is_string() ? std::string(value.get_string()) : ToText(value); }

const Json* FindIgnoringCase(const JsonObject& object, std::string_view lower) {
  for (const auto& member : object) {
    if (EqualsIgnoringCase({member.key().data(), member.key().size()}, lower)) return &member.value();
  }
  return nullptr;
}

enum class Key { kArn, kAccount, kOwner, kType, kUserId, kUserName, kNow, kEpoch, kIsService, kViaService };
constexpr std::array<std::pair<std::string_view, Key>, 10> kKeys{{{"aws:principalarn", Key::kArn},
                                                                  {"aws:principalaccount", Key::kAccount},
                                                                  // All that is here belongs to the caller's account.
                                                                  {"aws:resourceaccount", Key::kOwner},
                                                                  {"aws:principaltype", Key::kType},
                                                                  {"aws:userid", Key::kUserId},
                                                                  {"aws:username", Key::kUserName},
                                                                  {"aws:currenttime", Key::kNow},
                                                                  {"aws:epochtime", Key::kEpoch},
                                                                  {"aws:principalisawsservice", Key::kIsService},
                                                                  {"aws:viaawsservice", Key::kViaService}}};
constexpr std::string_view kPrincipalTag = "aws:principaltag/";

}  // namespace

std::optional<std::vector<std::string>> PrincipalFacts::Values(std::string_view key) const {
  if (const Json* const given = FindIgnoringCase(context_, key)) {
    if (!given->is_array()) return std::vector<std::string>{AsString(*given)};
    std::vector<std::string> values;
    for (const auto& item : given->get_array()) values.push_back(AsString(item));
    return values;
  }
  auto value = key.starts_with(kPrincipalTag) ? Tag(key.substr(kPrincipalTag.size())) : OfPrincipal(key);
  if (!value) value = OfSession(key);
  if (!value) value = OfRequest(key);
  if (!value) return std::nullopt;
  return std::vector<std::string>{std::move(*value)};
}

std::optional<std::string> PrincipalFacts::Tag(std::string_view key) const {
  if (const Json* const tag = FindIgnoringCase(principal_.session_tags, key)) return AsString(*tag);
  if (entry_ == nullptr) return std::nullopt;
  for (const auto& [name, value] : entry_->tags) {
    if (name == key) return value;
  }
  return std::nullopt;
}

bool PrincipalFacts::IsFederatedUser() const { return principal_.arn.find(":federated-user/") != std::string::npos; }

std::string PrincipalFacts::PrincipalType() const {
  if (principal_.account.empty()) return "Anonymous";
  if (entry_ != nullptr && entry_->is_root && !IsFederatedUser()) return "Account";
  if (IsFederatedUser()) return "FederatedUser";
  return entry_ != nullptr && entry_->is_role ? "AssumedRole" : "User";
}

std::optional<std::string> PrincipalFacts::UserName() const {
  if (entry_ == nullptr || !entry_->id.starts_with("AIDA") || IsFederatedUser()) return std::nullopt;
  return entry_->name;
}

std::optional<std::string> PrincipalFacts::OfPrincipal(std::string_view key) const {
  const auto row = std::find_if(kKeys.begin(), kKeys.end(), [key](const auto& pair) { return pair.first == key; });
  if (row == kKeys.end()) return std::nullopt;
  const auto unless_empty = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); };
  switch (row->second) {
    // A role's session is seen as its role here, as in AWS.
    case Key::kArn:
      if (IsFederatedUser()) return principal_.arn;
      return unless_empty(principal_.identity_arn.empty() ? principal_.arn : principal_.identity_arn);
    case Key::kAccount:
    case Key::kOwner:
      return unless_empty(principal_.account);
    case Key::kType:
      return PrincipalType();
    case Key::kUserId:
      return unless_empty(principal_.user_id);
    case Key::kUserName:
      return UserName();
    case Key::kNow:
      return ToIso8601(now_);
    case Key::kEpoch:
      return std::to_string(now_.milliseconds / 1000);
    case Key::kIsService:
      return "false";
    case Key::kViaService:
      return principal_.via_service.empty() ? "false" : "true";
  }
  return std::nullopt;
}

// Keys of temporary credentials. With a long-term key they are absent, as in AWS.
std::optional<std::string> PrincipalFacts::OfSession(std::string_view key) const {
  if (!principal_.session_issued) return std::nullopt;
  if (key == "aws:multifactorauthpresent") return "false";
  if (key == "aws:tokenissuetime") return ToIso8601(*principal_.session_issued);
  if (key == "aws:federatedprovider" && !principal_.federated_provider.empty()) return principal_.federated_provider;
  if (key == "aws:sourceidentity" && !principal_.source_identity.empty()) return principal_.source_identity;
  return std::nullopt;
}

std::optional<std::string> PrincipalFacts::OfRequest(std::string_view key) const {
  // What the server does by itself travels over no network.
  const wire::HttpRequest* const http = call_ == nullptr ? nullptr : call_->http;
  if (key == "aws:securetransport") return http == nullptr || http->tls ? "true" : "false";
  if (key == "aws:requestedregion" && call_ != nullptr && !call_->region.empty()) return call_->region;
  if (http == nullptr) return std::nullopt;
  const auto header = [http](std::string_view name) {
    const auto value = http->headers.Get(name);
    return value ? std::optional<std::string>(*value) : std::nullopt;
  };
  if (key == "aws:sourceip" && !http->peer_address.empty()) return http->peer_address;
  if (key == "aws:useragent") return header("user-agent");
  if (key == "aws:referer") return header("referer");
  return std::nullopt;
}

}  // namespace sagebrush::identity
