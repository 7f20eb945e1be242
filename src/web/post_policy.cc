#include "web/post_policy.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "objects/errors.h"

namespace sagebrush::web {

using objects::kS3AccessDenied;

namespace {

constexpr ErrorKind kInvalidPolicy{"InvalidPolicyDocument", 400, Fault::kClient};

// Fields that no condition need name (docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html).
constexpr std::array<std::string_view, 5> kFree{"policy", "x-amz-signature", "signature", "awsaccesskeyid", "file"};

[[noreturn]] void FailPolicy(std::string_view what) {
  throw Error(kInvalidPolicy, fmt::format("Invalid Policy: {}.", what));
}

[[noreturn]] void Deny(std::string_view what) {
  throw Error(kS3AccessDenied, fmt::format("Invalid according to Policy: {}", what));
}

std::string Text(const Json& value) {
  if (!value.is_string()) FailPolicy("the values of a condition are strings");
  return std::string(value.get_string());
}

std::uint64_t Size(const Json& value) {
  std::int64_t number = -1;
  if (value.is_int64()) number = value.get_int64();
  if (value.is_string()) {
    const auto text = std::string_view(value.get_string());
    if (!text.empty() && text.size() < 16 && text.find_first_not_of("0123456789") == std::string_view::npos) {
      number = std::stoll(std::string(text));
    }
  }
  if (number < 0) FailPolicy("content-length-range has two numbers of bytes");
  return static_cast<std::uint64_t>(number);
}

// One form against the conditions of one policy.
class Conditions {
 public:
  Conditions(const FormFields& fields, const std::string& bucket) : fields_(fields), bucket_(bucket) {}

  void Check(const Json& condition) {
    if (condition.is_object()) {
      for (const auto& entry : condition.get_object()) RequireEqual(entry.key(), Text(entry.value()));
      return;
    }
    if (!condition.is_array() || condition.get_array().size() != 3) {
      FailPolicy("a condition is an object or a list of three");
    }
    const std::string kind = Lower(Text(condition.at(0)));
    if (kind == "content-length-range") {
      sizes_ = {std::max(sizes_.min, Size(condition.at(1))), std::min(sizes_.max, Size(condition.at(2)))};
    } else if (kind == "eq") {
      RequireEqual(FieldName(condition.at(1)), Text(condition.at(2)));
    } else if (kind == "starts-with") {
      RequireStart(FieldName(condition.at(1)), Text(condition.at(2)));
    } else {
      FailPolicy("unknown condition " + kind);
    }
  }

  // Throws unless every field was in a condition.
  FileSizes Finish() const {
    for (const auto& [name, value] : fields_) {
      const bool free = std::find(kFree.begin(), kFree.end(), name) != kFree.end() || name.starts_with("x-ignore-");
      if (!free && !named_.contains(name)) Deny("Extra input fields: " + name);
    }
    return sizes_;
  }

 private:
  static std::string FieldName(const Json& value) {
    const std::string name = Text(value);
    if (!name.starts_with('$')) FailPolicy("a condition names its field after a $");
    return name.substr(1);
  }

  std::string Value(std::string_view name) {
    const std::string lower = Lower(name);
    named_.insert(lower);
    if (lower == "bucket") return bucket_;
    const auto found = fields_.find(lower);
    return found == fields_.end() ? "" : found->second;
  }

  void RequireEqual(std::string_view name, const std::string& wanted) {
    if (Value(name) != wanted) Deny(fmt::format(R"(Policy Condition failed: ["eq", "${}", "{}"])", name, wanted));
  }

  void RequireStart(std::string_view name, const std::string& wanted) {
    const bool given = Lower(name) == "bucket" || fields_.contains(Lower(name));
    if (given && Value(name).starts_with(wanted)) return;
    Deny(fmt::format(R"(Policy Condition failed: ["starts-with", "${}", "{}"])", name, wanted));
  }

  const FormFields& fields_;
  const std::string& bucket_;
  std::set<std::string> named_;
  FileSizes sizes_;
};

Json Parsed(std::string_view text) {
  try {
    return ParseJson(text);
  } catch (const Error& error) {
    FailPolicy(fmt::format("Invalid JSON: {}", error.what()));
  }
}

Time Expiration(const Json& policy) {
  const std::string text = GetString(policy, "expiration");
  if (text.empty()) FailPolicy("Policy missing expiration");
  try {
    return ParseTime(text);
  } catch (const Error&) {
    FailPolicy("Invalid 'expiration' value: '" + text + "'");
  }
}

}  // namespace

FileSizes CheckPostPolicy(std::string_view text, const FormFields& fields, const std::string& bucket, Time now) {
  const Json policy = Parsed(text);
  if (!policy.is_object()) FailPolicy("it is no JSON object");
  if (Expiration(policy) <= now) Deny("Policy expired.");
  const Json* const conditions = Find(policy, "conditions");
  if (conditions == nullptr || !conditions->is_array()) FailPolicy("Policy missing conditions");
  Conditions check(fields, bucket);
  for (const Json& condition : conditions->get_array()) check.Check(condition);
  return check.Finish();
}

}  // namespace sagebrush::web
