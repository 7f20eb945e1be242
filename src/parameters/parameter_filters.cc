#include "parameters/parameter_filters.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "parameters/parameter_errors.h"

namespace sagebrush::parameters {
namespace {

constexpr std::string_view kTagPrefix = "tag:";

// Those of the older member Filters mean "begins with"; of ParameterFilters, what Option says.
JsonArray FiltersIn(const Json& input) {
  JsonArray filters;
  if (const Json* const given = Find(input, "ParameterFilters")) filters = given->as_array();
  const Json* const older = Find(input, "Filters");
  if (older == nullptr) return filters;
  if (!filters.empty()) throw Error(kInvalidFilterKey, "Give either Filters or ParameterFilters, not both.");
  for (Json filter : older->as_array()) {
    filter.as_object()["Option"] = GetString(filter, "Key") == "Type" ? "Equals" : "BeginsWith";
    filters.push_back(std::move(filter));
  }
  return filters;
}

std::string OptionOf(const Json& filter) {
  return GetString(filter, "Option", GetString(filter, "Key") == "Path" ? "OneLevel" : "Equals");
}

bool IsOption(std::string_view key, std::string_view option) {
  if (key == "Path") return option == "OneLevel" || option == "Recursive";
  if (option == "Equals") return true;
  if (key == "Name" || key.starts_with(kTagPrefix))
    return option == "BeginsWith" || (key == "Name" && option == "Contains");
  return key == "KeyId" && option == "BeginsWith";
}

bool IsOneOf(std::string_view key, std::string_view keys) {
  if (key.starts_with(kTagPrefix)) return keys.find("tag:") != std::string_view::npos;
  return fmt::format(" {} ", keys).find(fmt::format(" {} ", key)) != std::string::npos;
}

// What a parameter has under a filter's key.
std::vector<std::string> TextsOf(const store::Resource& parameter, std::string_view key) {
  std::vector<std::string> texts;
  if (key == "Name") return {parameter.key.name};
  if (key == "Label") {
    for (const Json& version : VersionsOf(parameter)) {
      for (const Json& label : version.at("Labels").as_array()) texts.emplace_back(std::string_view(label.as_string()));
    }
    return texts;
  }
  if (!key.starts_with(kTagPrefix)) {
    if (const Json* const value = Find(parameter.spec, key)) texts.emplace_back(std::string_view(value->as_string()));
    return texts;
  }
  for (const Json& tag : parameter.spec.at("Tags").as_array()) {
    if (GetString(tag, "Key") == key.substr(kTagPrefix.size())) texts.push_back(GetString(tag, "Value"));
  }
  return texts;
}

bool FitsValue(const store::Resource& parameter, std::string_view key, std::string_view option,
               std::string_view value) {
  if (key == "Path") return LiesBelow(parameter.key.name, value, option == "OneLevel");
  return std::ranges::any_of(TextsOf(parameter, key), [&](const std::string& text) {
    if (option == "BeginsWith") return text.starts_with(value);
    return option == "Contains" ? text.find(value) != std::string::npos : text == value;
  });
}

bool FitsOne(const store::Resource& parameter, const Json& filter) {
  const std::string key = GetString(filter, "Key");
  const Json* const values = Find(filter, "Values");
  if (values == nullptr) return !TextsOf(parameter, key).empty();  // A tag of whatever value.
  return std::ranges::any_of(values->as_array(), [&](const Json& value) {
    return FitsValue(parameter, key, OptionOf(filter), std::string_view(value.as_string()));
  });
}

}  // namespace

void CheckFilters(const Json& input, std::string_view keys) {
  for (const Json& filter : FiltersIn(input)) {
    const std::string key = GetString(filter, "Key");
    if (!IsOneOf(key, keys))
      throw Error(kInvalidFilterKey, fmt::format("The filter key {} is not one of {}.", key, keys));
    if (!IsOption(key, OptionOf(filter)))
      throw Error(kInvalidFilterOption,
                  fmt::format("The option {} is none of the filter key {}.", OptionOf(filter), key));
    if (Find(filter, "Values") == nullptr && !key.starts_with(kTagPrefix))
      throw Error(kInvalidFilterValue, fmt::format("The filter {} needs Values.", key));
  }
}

bool FitsFilters(const store::Resource& parameter, const Json& input) {
  return std::ranges::all_of(FiltersIn(input), [&](const Json& filter) { return FitsOne(parameter, filter); });
}

}  // namespace sagebrush::parameters
