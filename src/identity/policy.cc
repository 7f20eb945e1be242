#include "identity/policy.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"
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
      Refuse(fmt::format("Syntax errors in policy. {} must be a string or a list of strings.", element));
    out.emplace_back(View(item.get_string()));
  };
  if (!value.is_array()) {
    add(value);
  } else {
    for (const auto& item : value.get_array()) add(item);
  }
  return out;
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
      Refuse(fmt::format("Syntax errors in policy. {} is not an element of a statement.", name));
    }
  }
}

// The service before the colon: letters, digits and hyphens, no wildcards.
void CheckVendor(std::string_view action) {
  if (action == "*") return;
  const std::size_t colon = action.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    Refuse("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
  const std::string_view vendor = action.substr(0, colon);
  const auto is_plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; };
  if (!std::all_of(vendor.begin(), vendor.end(), is_plain)) Refuse(fmt::format("Vendor {} is not valid", vendor));
}

void ReadActions(const JsonObject& from, PolicyType type, Statement& statement) {
  const Json* const actions = Either(from, "Action", "NotAction", statement.not_action);
  if (actions == nullptr) Refuse("Policy statement must contain actions.");
  for (const auto& action : Strings(*actions, "Action")) {
    CheckVendor(action);
    if (type == PolicyType::kTrust && !Lower(action).starts_with("sts:") && action != "*") {
      Refuse("AssumeRole policy may only specify STS AssumeRole actions.");
    }
    statement.actions.emplace_back(Lower(action), false);
  }
  if (statement.actions.empty()) Refuse("Policy statement must contain actions.");
}

// "*", or an ARN whose partition is AWS's and whose service is named without wildcards.
void CheckResource(std::string_view resource) {
  if (resource == "*") return;
  if (!resource.starts_with("arn:")) Refuse(fmt::format("Resource {} must be in ARN format or \"*\".", resource));
  const std::string_view rest = resource.substr(4);
  const std::string_view partition = rest.substr(0, rest.find(':'));
  static constexpr std::array<std::string_view, 5> kPartitions{"aws", "aws-cn", "aws-us-gov", "*", "aws*"};
  if (std::find(kPartitions.begin(), kPartitions.end(), partition) == kPartitions.end()) {
    Refuse(fmt::format("Partition \"{}\" is not valid for resource \"{}\".", partition, resource));
  }
  if (partition.size() == rest.size()) Refuse(fmt::format("Resource {} must be in ARN format or \"*\".", resource));
}

void ReadResources(const JsonObject& from, PolicyType type, bool with_variables, Statement& statement) {
  const Json* const resources = Either(from, "Resource", "NotResource", statement.not_resource);
  if (type == PolicyType::kTrust) {
    if (resources != nullptr) Refuse("Has prohibited field Resource");
    return;
  }
  if (resources == nullptr) Refuse("Policy statement must contain resources.");
  for (const auto& resource : Strings(*resources, "Resource")) {
    CheckResource(resource);
    const ArnPattern& pattern = statement.resources.emplace_back(resource, with_variables);
    pattern.AppendVariables(statement.condition_keys);
    if (!pattern.AsksUnknown()) continue;
    (statement.allow ? statement.never : statement.any_resource) = true;
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
  if (!block->is_object()) Refuse("Syntax errors in policy. Condition must be a block.");
  for (const auto& by_operator : block->get_object()) {
    if (!by_operator.value().is_object()) Refuse("Syntax errors in policy. A condition operator must hold a block.");
    for (const auto& by_key : by_operator.value().get_object()) {
      Condition condition(View(by_operator.key()), View(by_key.key()), by_key.value(), with_variables);
      statement.condition_keys.push_back(condition.written_key());
      condition.AppendVariables(statement.condition_keys);
      if (!condition.AsksUnknown()) {
        statement.conditions.push_back(std::move(condition));
      } else if (statement.allow) {
        statement.never = true;
      }
    }
  }
}

}  // namespace

bool Statement::CoversAction(std::string_view action, const Variables& variables) const {
  if (never) return false;
  const bool named = std::any_of(actions.begin(), actions.end(),
                                 [&](const Pattern& pattern) { return pattern.Matches(action, variables); });
  return named != not_action;
}

bool Statement::CoversResource(const ResourceName& resource, const Variables& variables) const {
  if (resources.empty() || any_resource) return true;  // Empty: a trust policy.
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
      Refuse(fmt::format("Syntax errors in policy. {} is not an element of a policy.", name));
    }
  }
  const Json* const statements = object.if_contains("Statement");
  if (statements == nullptr) Refuse("Syntax errors in policy. Statement is missing.");
  if (!statements->is_array()) {
    AddStatement(*statements, type, with_variables);
    return;
  }
  if (statements->get_array().empty()) Refuse("Policy document must contain at least one statement.");
  for (const auto& statement : statements->get_array()) AddStatement(statement, type, with_variables);
}

void Policy::AddStatement(const Json& value, PolicyType type, bool with_variables) {
  if (!value.is_object()) Refuse("Syntax errors in policy. A statement must be a block.");
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
    if (!sid->is_string()) Refuse("Syntax errors in policy. Sid must be a string.");
    statement.sid = View(sid->get_string());
  }
  CheckSid(statement, type);
  ReadPrincipal(from, type, statement);
  ReadActions(from, type, statement);
  ReadResources(from, type, with_variables, statement);
  ReadConditions(from, with_variables, statement);
  statements_.push_back(std::move(statement));
}

void Policy::CheckSid(const Statement& statement, PolicyType type) const {
  if (statement.sid.empty()) return;
  const auto is_plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  if (type != PolicyType::kResource && !std::all_of(statement.sid.begin(), statement.sid.end(), is_plain)) {
    Refuse(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
        "[0-9A-Za-z]*");
  }
  if (std::any_of(statements_.begin(), statements_.end(), [&](const auto& one) { return one.sid == statement.sid; })) {
    Refuse("Statement IDs (SID) in a single policy must be unique.");
  }
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
    for (const auto& key : statement.condition_keys) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

}  // namespace sagebrush::identity
