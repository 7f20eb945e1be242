#include "identity/condition.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "identity/condition_keys.h"
#include "identity/iam_error.h"

namespace sagebrush::identity {
namespace {

std::optional<double> ToNumber(std::string_view text) {
  double number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> ToDate(std::string_view text) {
  try {
    return ParseTime(text).ToEpochSeconds();
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string ToAddress(std::string_view text) {
  std::array<char, 16> bytes{};
  const std::string copy(text);
  if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1) return {bytes.data(), 4};
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) {
    const std::string_view address(bytes.data(), 16);
    // What a socket for both kinds of address calls a peer of version 4.
    constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
    return std::string(address.starts_with(kMapped) ? address.substr(12) : address);
  }
  return {};
}

bool InNetwork(std::string_view address, std::string_view network, int bits) {
  if (address.empty() || address.size() != network.size()) return false;
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (address.substr(0, whole) != network.substr(0, whole)) return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const int mask = 0xff << (8 - rest) & 0xff;
  return ((address[whole] ^ network[whole]) & mask) == 0;
}

std::string ToText(const Json& value, std::string_view key) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  if (value.is_number()) return sagebrush::ToText(value);
  throw Error(kMalformedPolicy,
              fmt::format("Syntax errors in policy. The values of condition key {} must be strings.", key));
}

}  // namespace

std::optional<std::string> RequestFacts::Value(std::string_view name) const {
  auto values = Values(name);
  if (!values || values->size() != 1) return std::nullopt;
  return std::move(values->front());
}

void Condition::ReadOperator(std::string_view name) {
  const std::string_view written = name;
  if (name.starts_with("ForAllValues:")) {
    quantifier_ = Quantifier::kForAllValues;
    name.remove_prefix(13);
  } else if (name.starts_with("ForAnyValue:")) {
    quantifier_ = Quantifier::kForAnyValue;
    name.remove_prefix(12);
  }
  if (name.ends_with("IfExists")) {
    if_exists_ = true;
    name.remove_suffix(8);
  }
  struct Row {
    std::string_view name;
    Kind kind;
    Relation relation = Relation::kEqual;
    bool negated = false;
  };
  static constexpr std::array<Row, 29> kRows{{
      {"StringEquals", Kind::kString},
      {"StringNotEquals", Kind::kString, Relation::kEqual, true},
      {"StringEqualsIgnoreCase", Kind::kStringIgnoreCase},
      {"StringNotEqualsIgnoreCase", Kind::kStringIgnoreCase, Relation::kEqual, true},
      {"StringLike", Kind::kStringLike},
      {"StringNotLike", Kind::kStringLike, Relation::kEqual, true},
      {"NumericEquals", Kind::kNumeric},
      {"NumericNotEquals", Kind::kNumeric, Relation::kEqual, true},
      {"NumericLessThan", Kind::kNumeric, Relation::kLess},
      {"NumericLessThanEquals", Kind::kNumeric, Relation::kLessOrEqual},
      {"NumericGreaterThan", Kind::kNumeric, Relation::kGreater},
      {"NumericGreaterThanEquals", Kind::kNumeric, Relation::kGreaterOrEqual},
      {"DateEquals", Kind::kDate},
      {"DateNotEquals", Kind::kDate, Relation::kEqual, true},
      {"DateLessThan", Kind::kDate, Relation::kLess},
      {"DateLessThanEquals", Kind::kDate, Relation::kLessOrEqual},
      {"DateGreaterThan", Kind::kDate, Relation::kGreater},
      {"DateGreaterThanEquals", Kind::kDate, Relation::kGreaterOrEqual},
      {"Bool", Kind::kBool},
      {"BoolNotEquals", Kind::kBool, Relation::kEqual, true},
      {"BinaryEquals", Kind::kBinary},
      {"BinaryNotEquals", Kind::kBinary, Relation::kEqual, true},
      {"IpAddress", Kind::kIp},
      {"NotIpAddress", Kind::kIp, Relation::kEqual, true},
      {"ArnEquals", Kind::kArn},
      {"ArnLike", Kind::kArn},
      {"ArnNotEquals", Kind::kArn, Relation::kEqual, true},
      {"ArnNotLike", Kind::kArn, Relation::kEqual, true},
      {"Null", Kind::kNull},
  }};
  const auto row = std::find_if(kRows.begin(), kRows.end(), [name](const Row& r) { return r.name == name; });
  if (row == kRows.end()) {
    throw Error(kMalformedPolicy, fmt::format("Syntax errors in policy. {} is not a condition operator.", written));
  }
  if (row->kind == Kind::kNull && (if_exists_ || quantifier_ != Quantifier::kNone)) {
    throw Error(kMalformedPolicy, fmt::format("Syntax errors in policy. {} is not a condition operator.", written));
  }
  kind_ = row->kind;
  relation_ = row->relation;
  negated_ = row->negated;
}

Condition::Condition(std::string_view operator_name, std::string_view key, const Json& values, bool with_variables)
    : key_(Lower(key)), written_key_(key) {
  ReadOperator(operator_name);
  if (key.find(':') == std::string_view::npos) {
    throw Error(kMalformedPolicy, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
  asks_unknown_ = !IsKnownKey(key_);
  if (!values.is_array()) {
    AddValue(ToText(values, key), with_variables);
    return;
  }
  for (const auto& value : values.get_array()) AddValue(ToText(value, key), with_variables);
}

void Condition::AddValue(std::string_view text, bool with_variables) {
  const auto refuse = [&](std::string_view type) {
    throw Error(kMalformedPolicy, fmt::format("Syntax errors in policy. '{}' for condition key {} is not a valid {}.",
                                              text, written_key_, type));
  };
  Operand value;
  switch (kind_) {
    case Kind::kString:
    case Kind::kBinary:
      value.pattern.emplace(text, with_variables, false);
      break;
    case Kind::kStringIgnoreCase:
    case Kind::kBool:
      value.pattern.emplace(Lower(text), with_variables, false);
      break;
    case Kind::kStringLike:
      value.pattern.emplace(text, with_variables);
      break;
    case Kind::kArn:
      value.arn.emplace(text, with_variables);
      break;
    case Kind::kNumeric:
    case Kind::kDate: {
      const auto number = kind_ == Kind::kDate ? ToDate(text) : ToNumber(text);
      if (!number) refuse(kind_ == Kind::kDate ? "date" : "number");
      value.number = *number;
      break;
    }
    case Kind::kIp: {
      const std::size_t slash = std::min(text.find('/'), text.size());
      value.network.address = ToAddress(text.substr(0, slash));
      const int bits_max = static_cast<int>(value.network.address.size()) * 8;
      const auto bits = slash == text.size() ? bits_max : ToNumber(text.substr(slash + 1));
      if (bits_max == 0 || !bits || *bits < 0 || *bits > bits_max) refuse("IP address range");
      value.network.bits = static_cast<int>(*bits);
      break;
    }
    case Kind::kNull:
      if (Lower(text) != "true" && Lower(text) != "false") refuse("boolean");
      null_expected_ = Lower(text) == "true";
      break;
  }
  asks_unknown_ |= (value.pattern && value.pattern->AsksUnknown()) || (value.arn && value.arn->AsksUnknown());
  values_.push_back(std::move(value));
}

void Condition::AppendVariables(std::vector<std::string>& names) const {
  for (const auto& value : values_) {
    if (value.pattern) value.pattern->AppendVariables(names);
    if (value.arn) value.arn->AppendVariables(names);
  }
}

bool Condition::Compare(double left, double right) const {
  switch (relation_) {
    case Relation::kEqual:
      return left == right;
    case Relation::kLess:
      return left < right;
    case Relation::kLessOrEqual:
      return left <= right;
    case Relation::kGreater:
      return left > right;
    case Relation::kGreaterOrEqual:
      return left >= right;
  }
  return false;
}

bool Condition::OneMatches(const std::string& text, const Operand& value, const RequestFacts& facts) const {
  switch (kind_) {
    case Kind::kString:
    case Kind::kBinary:
    case Kind::kStringLike:
      return value.pattern->Matches(text, facts);
    case Kind::kStringIgnoreCase:
    case Kind::kBool: {
      const auto expected = value.pattern->Fill(facts);
      return expected && Lower(*expected) == Lower(text);
    }
    case Kind::kNumeric: {
      const auto number = ToNumber(text);
      return number && Compare(*number, value.number);
    }
    case Kind::kDate: {
      const auto date = ToDate(text);
      return date && Compare(*date, value.number);
    }
    case Kind::kIp:
      return InNetwork(ToAddress(text), value.network.address, value.network.bits);
    case Kind::kArn:
      return value.arn->Matches(ResourceName(text), facts);
    case Kind::kNull:
      return false;
  }
  return false;
}

bool Condition::AnyMatches(const std::string& text, const RequestFacts& facts) const {
  return std::any_of(values_.begin(), values_.end(), [&](const auto& value) { return OneMatches(text, value, facts); });
}

bool Condition::Holds(const RequestFacts& facts) const {
  const auto found = facts.Values(key_);
  if (kind_ == Kind::kNull) return found.has_value() != null_expected_;
  if (!found)
    return if_exists_ || quantifier_ == Quantifier::kForAllValues || (negated_ && quantifier_ == Quantifier::kNone);
  const auto holds = [&](const std::string& text) { return AnyMatches(text, facts) != negated_; };
  if (quantifier_ == Quantifier::kForAllValues) return std::all_of(found->begin(), found->end(), holds);
  // Without a quantifier a negated operator excludes: no value of the key may match.
  if (negated_ && quantifier_ == Quantifier::kNone) return std::all_of(found->begin(), found->end(), holds);
  return std::any_of(found->begin(), found->end(), holds);
}

}  // namespace sagebrush::identity
