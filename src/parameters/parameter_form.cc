#include "parameters/parameter_form.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "parameters/parameter_errors.h"
#include "parameters/parameter_value.h"
#include "telemetry/pattern.h"

namespace sagebrush::parameters {
namespace {

constexpr std::size_t kLevelsMax = 15;
constexpr std::size_t kNameMax = 1011;
constexpr std::size_t kStandardMax = 4096;  // Characters of a value.
constexpr std::size_t kAdvancedMax = 8192;

[[noreturn]] void Refuse(const std::string& message) { throw Error(kValidation, message); }

std::size_t CharactersOf(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string TierOf(const Json& input, const store::Resource* before) {
  const std::string earlier = before == nullptr ? kStandard : GetString(before->spec, "Tier");
  std::string tier = GetString(input, "Tier", earlier);
  const std::size_t size = CharactersOf(GetString(input, "Value"));
  if (tier == "Intelligent-Tiering") tier = earlier == kAdvanced || size > kStandardMax ? kAdvanced : kStandard;
  if (tier == kStandard && earlier == kAdvanced) {
    Refuse(
        "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter "
        "tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it "
        "as a standard parameter.");
  }
  if (tier == kStandard && size > kStandardMax) {
    Refuse(
        "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger "
        "parameter value, upgrade the parameter to use the advanced-parameter tier.");
  }
  if (size > kAdvancedMax) Refuse("Advanced tier parameters support a maximum parameter value of 8192 characters.");
  return tier;
}

std::string TypeOf(const Json& input, const store::Resource* before) {
  const std::string type = GetString(input, "Type", before == nullptr ? "" : GetString(before->spec, "Type"));
  if (type.empty()) Refuse("A parameter type is required when you create a parameter.");
  if (type != kSecureString && Find(input, "KeyId") != nullptr)
    Refuse("KeyId is for parameters of the type SecureString only.");
  return type;
}

void RefuseWhatIsNotBuilt(const Json& input) {
  if (const std::string type = GetString(input, "DataType", "text"); type != "text")
    Refuse(
        fmt::format("The DataType {} is refused: there are no EC2 images and no integrations here, only text.", type));
  const std::string policies = GetString(input, "Policies");
  if (!policies.empty() && policies != "[]" && policies != "{}")
    throw Error(kInvalidPolicyType, "The Policies are refused: parameters do not expire or notify here.");
}

}  // namespace

void CheckName(const std::string& name) {
  const auto is_valid = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_.-/").find(c) != std::string_view::npos;
  };
  const bool has_path = name.find('/') != std::string::npos;
  if (!std::ranges::all_of(name, is_valid) || name.find("//") != std::string::npos || name.ends_with('/') ||
      name.size() > kNameMax) {
    Refuse(
        fmt::format("The parameter name {} is refused: it must have letters, digits and _.- only, with / between "
                    "levels, and at most {} characters.",
                    name, kNameMax));
  }
  if (has_path && !name.starts_with('/')) {
    Refuse("Parameter name must be a fully qualified name: one with levels begins with /.");
  }
  const std::string first = Lower(name.starts_with('/') ? std::string_view(name).substr(1) : std::string_view(name));
  if (first.starts_with("aws") || first.starts_with("ssm"))
    Refuse("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).");
  if (LevelsOf(name) > kLevelsMax)
    throw Error(kLevelLimit, fmt::format("A hierarchy has at most {} levels.", kLevelsMax));
}

JsonObject NextSpec(const Json& input, const store::Resource* before) {
  RefuseWhatIsNotBuilt(input);
  JsonObject spec{{"Type", TypeOf(input, before)}, {"Tier", TierOf(input, before)}, {"DataType", "text"}};
  for (const char* member : {"Description", "AllowedPattern"}) {
    const std::string text = GetString(input, member, before == nullptr ? "" : GetString(before->spec, member));
    if (!text.empty()) spec[member] = text;
  }
  if (spec.at("Type") == kSecureString) {
    const std::string key = before == nullptr ? kDefaultKey : GetString(before->spec, "KeyId", kDefaultKey);
    spec["KeyId"] = GetString(input, "KeyId", key);
  }
  return spec;
}

void CheckPattern(const std::string& pattern, const std::string& value) {
  if (pattern.empty()) return;
  const auto whole = [&] {
    try {
      telemetry::Pattern alone(pattern);  // What would be an error alone is one, too, in the group.
      return telemetry::Pattern("^(?:" + pattern + ")\\z");
    } catch (const Error& error) {
      throw Error(kInvalidAllowedPattern, error.what());
    }
  }();
  if (!whole.Matches(value)) {
    throw Error(kPatternMismatch,
                fmt::format("Parameter value, cannot be validated against allowedPattern: {}", pattern));
  }
}

}  // namespace sagebrush::parameters
