#include "identity/principal_pattern.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/arn.h"
#include "base/error.h"
#include "identity/iam_error.h"

namespace sagebrush::identity {
namespace {

std::string_view View(const boost::json::string& text) { return {text.data(), text.size()}; }
std::string_view View(boost::json::string_view text) { return {text.data(), text.size()}; }

bool IsAccountId(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "sagemaker.amazonaws.com", also with a region before or a country behind.
bool IsServiceName(std::string_view name) {
  const bool clean = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
  if (name.ends_with(".cn")) name.remove_suffix(3);
  return clean && name.ends_with(".amazonaws.com") && !name.starts_with('.');
}

// An identity provider: one that the account registered, or one that AWS knows by its domain.
bool IsProvider(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kDomains{"accounts.google.com", "cognito-identity.amazonaws.com",
                                                            "graph.facebook.com", "www.amazon.com"};
  if (std::find(kDomains.begin(), kDomains.end(), name) != kDomains.end()) return true;
  const auto arn = Arn::Parse(name);
  return arn && arn->service == "iam" && IsAccountId(arn->account) &&
         (arn->resource.starts_with("oidc-provider/") || arn->resource.starts_with("saml-provider/"));
}

bool IsRoot(const Arn& arn) { return arn.service == "iam" && arn.resource == "root"; }

// A user, a role or a role's session.
bool IsIdentity(const Arn& arn) {
  const std::string_view resource = arn.resource;
  if (!IsAccountId(arn.account) || !arn.region.empty() || resource.find('*') != std::string_view::npos) return false;
  if (arn.service == "sts") return resource.starts_with("assumed-role/") || resource.starts_with("federated-user/");
  return arn.service == "iam" && (resource.starts_with("user/") || resource.starts_with("role/"));
}

// Applies `replacement` to the names in a Principal element. Returns whether one changed.
bool ReplaceIn(Json& principal, const PrincipalReplacement& replacement) {
  if (!principal.is_object() || !principal.get_object().contains("AWS")) return false;
  bool changed = false;
  const auto replace = [&](Json& item) {
    const std::string name(View(item.get_string()));
    if (name == "*") return;
    const std::string other = replacement(name);
    changed |= other != name;
    item = other;
  };
  Json& names = principal.get_object()["AWS"];
  if (!names.is_array()) {
    replace(names);
  } else {
    for (Json& item : names.get_array()) replace(item);
  }
  return changed;
}

}  // namespace

void ThrowInvalidPrincipal(std::string_view type, std::string_view name) {
  throw Error(kMalformedPolicy, fmt::format("Invalid principal in policy: \"{}\":\"{}\"", type, name));
}

bool IsPrincipalId(std::string_view name) {
  return name.size() == 21 && (name.starts_with("AIDA") || name.starts_with("AROA")) &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

PrincipalPattern::PrincipalPattern(const Json& principal) {
  if (principal.is_string() && View(principal.get_string()) == "*") {
    anyone_ = true;
    return;
  }
  if (!principal.is_object() || principal.get_object().empty()) {
    throw Error(kMalformedPolicy, "Invalid principal in policy");
  }
  for (const auto& member : principal.get_object()) {
    const std::string_view type = View(member.key());
    const auto add = [&](const Json& name) {
      if (!name.is_string()) ThrowInvalidPrincipal(type, ToText(name));
      Add(type, View(name.get_string()));
    };
    if (!member.value().is_array()) {
      add(member.value());
    } else if (member.value().get_array().empty()) {
      throw Error(kMalformedPolicy, "Invalid principal in policy");
    } else {
      for (const Json& name : member.value().get_array()) add(name);
    }
  }
}

void PrincipalPattern::Add(std::string_view type, std::string_view name) {
  if (type == "Federated" && IsProvider(name)) {
    federated_.emplace_back(name);
    return;
  }
  if (type == "Service" && IsServiceName(name)) {
    services_.emplace_back(name);
    return;
  }
  if (type != "AWS") ThrowInvalidPrincipal(type, name);
  const auto arn = Arn::Parse(name);
  if (name == "*") {
    anyone_ = true;
  } else if (IsAccountId(name)) {
    accounts_.emplace_back(name);
  } else if (IsPrincipalId(name)) {
    ids_.emplace_back(name);
  } else if (arn && IsRoot(*arn) && IsAccountId(arn->account)) {
    accounts_.push_back(arn->account);
  } else if (arn && IsIdentity(*arn)) {
    arns_.emplace_back(name);
  } else {
    ThrowInvalidPrincipal(type, name);
  }
}

PrincipalMatch PrincipalPattern::Match(const Caller& caller) const {
  const auto holds = [](const std::vector<std::string>& list, std::string_view name) {
    return !name.empty() && std::find(list.begin(), list.end(), name) != list.end();
  };
  if (!caller.federated.empty())
    return anyone_ || holds(federated_, caller.federated) ? PrincipalMatch::kDirect : PrincipalMatch::kNone;
  if (!caller.service.empty())
    return holds(services_, caller.service) ? PrincipalMatch::kDirect : PrincipalMatch::kNone;
  if (anyone_ || holds(arns_, caller.arn)) return PrincipalMatch::kDirect;
  if (holds(arns_, caller.identity_arn) || holds(ids_, caller.identity_id)) {
    // A user is its own identity; a role's session is not the role, and its limits stay.
    return caller.arn == caller.identity_arn ? PrincipalMatch::kDirect : PrincipalMatch::kRole;
  }
  return holds(accounts_, caller.account) ? PrincipalMatch::kAccount : PrincipalMatch::kNone;
}

std::string ReplacePrincipals(std::string_view text, const PrincipalReplacement& replacement) {
  Json document = ParseJson(text);
  bool changed = false;
  const auto in_statement = [&](Json& statement) {
    for (const char* element : {"Principal", "NotPrincipal"}) {
      if (Json* const principal = statement.as_object().if_contains(element))
        changed |= ReplaceIn(*principal, replacement);
    }
  };
  Json& statements = document.as_object()["Statement"];
  if (!statements.is_array()) {
    in_statement(statements);
  } else {
    for (Json& statement : statements.get_array()) in_statement(statement);
  }
  return changed ? ToText(document) : std::string(text);
}

}  // namespace sagebrush::identity
