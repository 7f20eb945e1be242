#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "store/store.h"

namespace sagebrush::parameters {

// A parameter is a resource of the store, named as it is called. Its spec is what its last version has (Type, Tier,
// DataType, KeyId, AllowedPattern, Description, LastModifiedUser), Tags, and Versions: [{Version, Labels}], the oldest
// first.
inline constexpr char kParameterKind[] = "ssm-parameter";
// A version is one too, named UID/NUMBER by the parameter's uid; its spec is the same of its time, and its Value: a
// text, or what KMS made of it in base64 (parameter_value.h).
inline constexpr char kVersionKind[] = "ssm-parameter-version";

inline constexpr char kSecureString[] = "SecureString";
inline constexpr char kStandard[] = "Standard";
inline constexpr char kAdvanced[] = "Advanced";

using ParameterPointer = std::shared_ptr<const store::Resource>;

// What a request calls a parameter: "/a/b", "/a/b:3", "/a/b:label", or an ARN of it.
struct ParameterName {
  std::string name;
  std::string selector;  // Behind the colon; empty: none, the last version.
};
ParameterName ReadName(std::string_view text);

store::Key ParameterKey(const std::string& account, const std::string& region, const std::string& name);
// arn:aws:ssm:REGION:ACCOUNT:parameter/NAME
std::string ArnOf(const store::Key& parameter);
store::Key VersionKey(const store::Resource& parameter, std::int64_t version);

const JsonArray& VersionsOf(const store::Resource& parameter);
std::int64_t LastVersion(const store::Resource& parameter);
// The version that a selector asks for. Throws Error(ParameterVersionNotFound).
const Json& SelectVersion(const store::Resource& parameter, const std::string& selector);

// The levels below the root, and whether `name` lies below `path` ("/": everything does), directly if `one_level`.
std::size_t LevelsOf(std::string_view name);
bool LiesBelow(std::string_view name, std::string_view path, bool one_level);

}  // namespace sagebrush::parameters
