#include "parameters/parameter.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/arn.h"
#include "parameters/parameter_errors.h"

namespace sagebrush::parameters {
namespace {

constexpr std::string_view kResource = "parameter";

// With the slash that names without a path lack.
std::string FullPath(std::string_view name) {
  return name.starts_with('/') ? std::string(name) : "/" + std::string(name);
}

}  // namespace

ParameterName ReadName(std::string_view text) {
  std::string name(text);
  if (const auto arn = Arn::Parse(text); arn && arn->service == "ssm" && arn->resource.starts_with(kResource)) {
    name = arn->resource.substr(kResource.size());
    // "/name" is the ARN of "name", "/a/b" that of "/a/b".
    if (name.rfind('/') == 0) name.erase(0, 1);
  }
  const std::size_t colon = name.find(':');
  if (colon == std::string::npos) return {std::move(name), ""};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

store::Key ParameterKey(const std::string& account, const std::string& region, const std::string& name) {
  return {kParameterKind, account, region, name};
}

std::string ArnOf(const store::Key& parameter) {
  return Arn{.service = "ssm",
             .region = parameter.region,
             .account = parameter.account,
             .resource = std::string(kResource) + FullPath(parameter.name)}
      .ToString();
}

store::Key VersionKey(const store::Resource& parameter, std::int64_t version) {
  return {kVersionKind, parameter.key.account, parameter.key.region, fmt::format("{}/{}", parameter.uid, version)};
}

const JsonArray& VersionsOf(const store::Resource& parameter) { return parameter.spec.at("Versions").as_array(); }

std::int64_t LastVersion(const store::Resource& parameter) { return GetInt(VersionsOf(parameter).back(), "Version"); }

const Json& SelectVersion(const store::Resource& parameter, const std::string& selector) {
  const JsonArray& versions = VersionsOf(parameter);
  if (selector.empty()) return versions.back();
  const auto found = std::ranges::find_if(versions, [&](const Json& version) {
    const JsonArray& labels = version.at("Labels").as_array();
    return std::to_string(GetInt(version, "Version")) == selector ||
           std::ranges::find(labels, Json(selector)) != labels.end();
  });
  if (found != versions.end()) return *found;
  throw Error(kVersionNotFound, fmt::format("Systems Manager could not find version {} of {}. Verify the version and "
                                            "try again.",
                                            selector, parameter.key.name));
}

std::size_t LevelsOf(std::string_view name) {
  const std::string path = FullPath(name);
  return static_cast<std::size_t>(std::ranges::count(path, '/'));
}

bool LiesBelow(std::string_view name, std::string_view path, bool one_level) {
  const std::string whole = FullPath(name);
  const std::string prefix = path.ends_with('/') ? std::string(path) : std::string(path) + "/";
  if (!whole.starts_with(prefix)) return false;
  return !one_level || whole.find('/', prefix.size()) == std::string::npos;
}

}  // namespace sagebrush::parameters
