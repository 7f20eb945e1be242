#include "objects/bucket_policy.h"

#include <array>

#include "base/text.h"
#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kPolicyMax = 20 << 10;

[[noreturn]] void Fail(const std::string& message) { throw Error(kMalformedPolicy, message); }

// A value, or a list of values, as a list.
JsonArray Listed(const Json* value) {
  if (value == nullptr) return {};
  return value->is_array() ? value->get_array() : JsonArray{*value};
}

// The text member `name`; empty: none.
std::string TextOf(const Json& document, const std::string& name) {
  const Json* value = Find(document, name);
  if (value == nullptr) return "";
  if (!value->is_string()) Fail("Policy has invalid " + name + ": it must be a string");
  return std::string(value->get_string());
}

void CheckStatement(const Json& statement, const std::string& bucket) {
  if (!statement.is_object()) Fail("Statement is not valid: each statement must be an object");
  const auto& members = statement.get_object();
  const std::string effect = TextOf(statement, "Effect");
  if (effect != "Allow" && effect != "Deny") Fail("Invalid effect: " + effect + ". Effect must be Allow or Deny");
  if (!members.contains("Principal") && !members.contains("NotPrincipal")) Fail("Missing required field Principal");
  if (!members.contains("Action") && !members.contains("NotAction")) Fail("Missing required field Action");
  if (!members.contains("Resource") && !members.contains("NotResource")) Fail("Missing required field Resource");
  for (const char* name : {"Action", "NotAction"}) {
    for (const Json& action : Listed(members.if_contains(name))) {
      if (!action.is_string()) Fail("Policy has invalid action");
      const std::string_view text = action.get_string();
      if (text != "*" && !text.starts_with("s3:")) Fail("Policy has invalid action: " + std::string(text));
    }
  }
  const std::string arn = "arn:aws:s3:::" + bucket;
  for (const char* name : {"Resource", "NotResource"}) {
    for (const Json& resource : Listed(members.if_contains(name))) {
      if (!resource.is_string()) Fail("Policy has invalid resource");
      const std::string_view text = resource.get_string();
      if (text != "*" && text != arn && !text.starts_with(arn + "/") && !text.starts_with(arn + "*")) {
        Fail(fmt::format("Policy has invalid resource: {}. A policy of bucket {} speaks of {} and {}/*", text, bucket,
                         arn, arn));
      }
    }
  }
}

bool IsEveryone(const Json* principal) {
  if (principal == nullptr) return false;
  if (principal->is_string()) return principal->get_string() == "*";
  if (!principal->is_object()) return false;
  for (const Json& name : Listed(principal->get_object().if_contains("AWS"))) {
    if (name.is_string() && name.get_string() == "*") return true;
  }
  return false;
}

// Keys that tie a request to somebody when compared with values without wildcards.
constexpr std::array<std::string_view, 12> kFixingKeys{
    "aws:sourcearn",         "aws:sourcevpc",    "aws:sourcevpce",       "aws:sourceowner",
    "aws:sourceaccount",     "aws:sourceip",     "aws:userid",           "aws:principalorgid",
    "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount", "s3:dataaccesspointaccount"};

bool FixesWho(const Json* condition) {
  if (condition == nullptr || !condition->is_object()) return false;
  for (const auto& test : condition->get_object()) {
    if (!test.value().is_object() || test.key().find("Not") != std::string_view::npos) continue;
    for (const auto& entry : test.value().get_object()) {
      const std::string key = Lower(entry.key());
      if (std::find(kFixingKeys.begin(), kFixingKeys.end(), key) == kFixingKeys.end()) continue;
      const JsonArray values = Listed(&entry.value());
      const bool wild = std::any_of(values.begin(), values.end(), [](const Json& value) {
        return value.is_string() && std::string_view(value.get_string()).find_first_of("*?") != std::string_view::npos;
      });
      if (!wild) return true;
    }
  }
  return false;
}

}  // namespace

void CheckBucketPolicy(std::string_view text, const std::string& bucket) {
  if (text.size() > kPolicyMax) Fail("Policy exceeds the maximum allowed document size of 20 KB");
  if (!text.starts_with('{')) Fail("Policies must be valid JSON and the first byte must be '{'");
  Json policy;
  try {
    policy = ParseJson(text);
  } catch (const Error& error) {
    Fail(std::string("This policy contains invalid Json: ") + error.what());
  }
  const std::string version = TextOf(policy, "Version");
  if (!version.empty() && version != "2012-10-17" && version != "2008-10-17") {
    Fail("The policy must contain a valid version string: 2012-10-17");
  }
  const JsonArray statements = Listed(Find(policy, "Statement"));
  if (statements.empty()) Fail("Missing required field Statement");
  for (const Json& statement : statements) CheckStatement(statement, bucket);
}

bool IsPublicPolicy(const Json& policy) {
  for (const Json& statement : Listed(Find(policy, "Statement"))) {
    const bool everyone = IsEveryone(Find(statement, "Principal")) || Find(statement, "NotPrincipal") != nullptr;
    if (GetString(statement, "Effect") == "Allow" && everyone && !FixesWho(Find(statement, "Condition"))) return true;
  }
  return false;
}

}  // namespace sagebrush::objects
