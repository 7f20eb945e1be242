#include "identity/policy.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/arn.h"
#include "base/error.h"
#include "identity/iam_error.h"

namespace sagebrush::identity {
namespace {

[[noreturn]] void Refuse(const std::string& message) { throw Error(kMalformedPolicy, message); }

std::string_view View(const boost::json::string& text) { return {text.data(), text.size()}; }
std::string_view View(boost::json::string_view text) { return {text.data(), text.size()}; }

// A string or a list of strings.
std::vector<std::string> Strings(const Json& value, std::string_view element) {
  std::vector<std::string> out;
  const auto add = [&](const Json& item) {
    if (!item.is_string())
      Refuse(fmt::format("Syntax errors in policy: {} must be a string or a list of strings.", element));
    out.emplace_back(View(item.get_string()));
  };
  if (!value.is_array()) {
    add(value);
  } else {
    for (const auto& item : value.get_array()) add(item);
  }
  return out;
}

bool IsAccountId(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Member `name` or `not_name` of a statement; `negated` tells which. nullptr: neither.
const Json* Either(const JsonObject& statement, std::string_view name, std::string_view not_name, bool& negated) {
  const Json* const positive = statement.if_contains(name);
  const Json* const negative = statement.if_contains(not_name);
  if (positive && negative) Refuse(fmt::format("Policy statement must not contain both {} and {}.", name, not_name));
  negated = negative != nullptr;
  return positive ? positive : negative;
}

void CheckElements(const JsonObject& statement) {
  static constexpr std::array<std::string_view, 9> kElements{
      "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"};
  for (const auto& member : statement) {
    const std::string_view name = View(member.key());
    if (std::find(kElements.begin(), kElements.end(), name) == kElements.end()) {
      Refuse(fmt::format("Syntax errors in policy: {} is not an element of a statement.", name));
    }
  }
}

void ReadActions(const JsonObject& from, PolicyType type, bool with_variables, Statement& statement) {
  const Json* const actions = Either(from, "Action", "NotAction", statement.not_action);
  if (actions == nullptr) Refuse("Policy statement must contain actions.");
  for (const auto& action : Strings(*actions, "Action")) {
    const std::size_t colon = action.find(':');
    if (action != "*" && (colon == std::string::npos || colon == 0)) {
      Refuse("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    }
    if (type == PolicyType::kTrust && !action.starts_with("sts:") && action != "*") {
      Refuse("AssumeRole policy may only specify STS AssumeRole actions.");
    }
    statement.actions.emplace_back(Lower(action), with_variables);
  }
  if (statement.actions.empty()) Refuse("Policy statement must contain actions.");
}

void ReadResources(const JsonObject& from, PolicyType type, bool with_variables, Statement& statement) {
  const Json* const resources = Either(from, "Resource", "NotResource", statement.not_resource);
  if (type == PolicyType::kTrust) {
    if (resources != nullptr) Refuse("Has prohibited field Resource");
    return;
  }
  if (resources == nullptr) Refuse("Policy statement must contain resources.");
  for (const auto& resource : Strings(*resources, "Resource")) {
    if (!resource.starts_with("arn:") && resource != "*") {
      Refuse(fmt::format("Resource {} must be in ARN format or \"*\".", resource));
    }
    statement.resources.emplace_back(resource, with_variables);
  }
  if (statement.resources.empty()) Refuse("Policy statement must contain resources.");
}

void ReadPrincipal(const JsonObject& from, PolicyType type, Statement& statement) {
  const Json* const principal = Either(from, "Principal", "NotPrincipal", statement.not_principal);
  if (type == PolicyType::kIdentity) {
    if (principal != nullptr) Refuse("Policy document should not specify a principal.");
    return;
  }
  if (principal == nullptr) Refuse("Missing required field Principal");
  if (type == PolicyType::kTrust && statement.not_principal) Refuse("Has prohibited field NotPrincipal");
  statement.principals.emplace_back(*principal);
}

void ReadConditions(const JsonObject& from, bool with_variables, Statement& statement) {
  const Json* const block = from.if_contains("Condition");
  if (block == nullptr) return;
  if (!block->is_object()) Refuse("Syntax errors in policy: Condition must be a block.");
  for (const auto& by_operator : block->get_object()) {
    if (!by_operator.value().is_object()) Refuse("Syntax errors in policy: a condition operator must hold a block.");
    for (const auto& by_key : by_operator.value().get_object()) {
      statement.conditions.emplace_back(View(by_operator.key()), View(by_key.key()), by_key.value(), with_variables);
    }
  }
}

}  // namespace

PrincipalPattern::PrincipalPattern(const Json& principal) {
  if (principal.is_string() && View(principal.get_string()) == "*") {
    anyone_ = true;
    return;
  }
  if (!principal.is_object() || principal.get_object().empty()) Refuse("Invalid principal in policy");
  for (const auto& member : principal.get_object()) {
    for (const auto& name : Strings(member.value(), "Principal")) Add(View(member.key()), name);
  }
}

void PrincipalPattern::Add(std::string_view type, std::string_view name) {
  if (type == "Service") {
    services_.emplace_back(name);
  } else if (type == "AWS" && name == "*") {
    anyone_ = true;
  } else if (type == "AWS" && IsAccountId(name)) {
    accounts_.emplace_back(name);
  } else if (const auto arn = Arn::Parse(name); type == "AWS" && arn && IsAccountId(arn->account)) {
    if (arn->service == "iam" && arn->resource == "root") {
      accounts_.push_back(arn->account);
    } else {
      arns_.emplace_back(name);
    }
  } else if (type != "Federated" && type != "CanonicalUser") {
    Refuse(fmt::format("Invalid principal in policy: \"{}\":\"{}\"", type, name));
  }
}

PrincipalMatch PrincipalPattern::Match(const Caller& caller) const {
  const auto holds = [](const std::vector<std::string>& list, std::string_view name) {
    return !name.empty() && std::find(list.begin(), list.end(), name) != list.end();
  };
  if (!caller.service.empty())
    return holds(services_, caller.service) ? PrincipalMatch::kDirect : PrincipalMatch::kNone;
  if (anyone_ || holds(arns_, caller.arn)) return PrincipalMatch::kDirect;
  if (holds(arns_, caller.identity_arn)) return PrincipalMatch::kRole;
  return holds(accounts_, caller.account) ? PrincipalMatch::kAccount : PrincipalMatch::kNone;
}

bool Statement::CoversAction(std::string_view action, const Variables& variables) const {
  const bool named = std::any_of(actions.begin(), actions.end(),
                                 [&](const Pattern& pattern) { return pattern.Matches(action, variables); });
  return named != not_action;
}

bool Statement::CoversResource(const ResourceName& resource, const Variables& variables) const {
  if (resources.empty()) return true;  // A trust policy.
  const bool named = std::any_of(resources.begin(), resources.end(),
                                 [&](const ArnPattern& pattern) { return pattern.Matches(resource, variables); });
  return named != not_resource;
}

bool Statement::ConditionsHold(const RequestFacts& facts) const {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Condition& condition) { return condition.Holds(facts); });
}

Policy::Policy(const Json& document, PolicyType type) {
  if (!document.is_object()) Refuse("Syntax errors in policy.");
  const JsonObject& object = document.get_object();
  bool with_variables = false;
  for (const auto& member : object) {
    const std::string_view name = View(member.key());
    if (name == "Version") {
      if (!member.value().is_string()) Refuse("Syntax errors in policy.");
      const std::string_view version = View(member.value().get_string());
      if (version != "2012-10-17" && version != "2008-10-17") {
        Refuse("The policy must contain a valid version string");
      }
      with_variables = version == "2012-10-17";
    } else if (name != "Statement" && name != "Id") {
      Refuse(fmt::format("Syntax errors in policy: {} is not an element of a policy.", name));
    }
  }
  const Json* const statements = object.if_contains("Statement");
  if (statements == nullptr) Refuse("Syntax errors in policy: Statement is missing.");
  if (!statements->is_array()) {
    AddStatement(*statements, type, with_variables);
    return;
  }
  if (statements->get_array().empty()) Refuse("Policy document must contain at least one statement.");
  for (const auto& statement : statements->get_array()) AddStatement(statement, type, with_variables);
}

void Policy::AddStatement(const Json& value, PolicyType type, bool with_variables) {
  if (!value.is_object()) Refuse("Syntax errors in policy: a statement must be a block.");
  const JsonObject& from = value.get_object();
  CheckElements(from);
  Statement statement;
  const Json* const effect = from.if_contains("Effect");
  if (effect == nullptr || !effect->is_string()) Refuse("Missing required field Effect");
  if (effect->get_string() != "Allow" && effect->get_string() != "Deny") {
    Refuse(fmt::format("Invalid effect: {}", View(effect->get_string())));
  }
  statement.allow = effect->get_string() == "Allow";
  if (const Json* const sid = from.if_contains("Sid")) {
    if (!sid->is_string()) Refuse("Syntax errors in policy: Sid must be a string.");
    statement.sid = View(sid->get_string());
  }
  ReadPrincipal(from, type, statement);
  ReadActions(from, type, with_variables, statement);
  ReadResources(from, type, with_variables, statement);
  ReadConditions(from, with_variables, statement);
  statements_.push_back(std::move(statement));
}

std::shared_ptr<const Policy> Policy::Parse(std::string_view text, PolicyType type) {
  Json document;
  try {
    document = ParseJson(text);
  } catch (const Error&) {
    Refuse("This policy contains invalid Json");
  }
  return std::make_shared<const Policy>(document, type);
}

std::vector<std::string> Policy::ConditionKeys() const {
  std::vector<std::string> keys;
  for (const auto& statement : statements_) {
    for (const auto& condition : statement.conditions) {
      if (std::find(keys.begin(), keys.end(), condition.written_key()) == keys.end()) {
        keys.push_back(condition.written_key());
      }
    }
  }
  return keys;
}

}  // namespace sagebrush::identity
