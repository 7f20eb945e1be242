#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "identity/wildcard.h"

namespace sagebrush::identity {

// What a request tells of itself and its maker, by condition key. Keys are asked for in lower case.
class RequestFacts : public Variables {
 public:
  // All values of a key; nullopt: the request has no such key. An empty list is a key with an empty set.
  virtual std::optional<std::vector<std::string>> Values(std::string_view key) const = 0;
  // A key with exactly one value can stand in for a variable.
  std::optional<std::string> Value(std::string_view name) const override;
};

// One line of a Condition block: operator, key and the values of which one must (or none may) hold.
class Condition {
 public:
  // Throws Error(kMalformedPolicy) when there is no such operator or a value is not of its type.
  Condition(std::string_view operator_name, std::string_view key, const Json& values, bool with_variables);

  bool Holds(const RequestFacts& facts) const;
  // Whether its key, or a variable in its values, is one that nobody here knows (condition_keys.h).
  bool AsksUnknown() const { return asks_unknown_; }
  const std::string& key() const { return key_; }  // In lower case.
  const std::string& written_key() const { return written_key_; }
  void AppendVariables(std::vector<std::string>& names) const;  // In its values, as written.

 private:
  enum class Kind { kString, kStringIgnoreCase, kStringLike, kNumeric, kDate, kBool, kBinary, kIp, kArn, kNull };
  enum class Relation { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
  enum class Quantifier { kNone, kForAllValues, kForAnyValue };
  struct Network {
    std::string address;  // 4 or 16 bytes.
    int bits = 0;
  };
  struct Operand {
    std::optional<Pattern> pattern;
    std::optional<ArnPattern> arn;
    double number = 0;  // Also a date, as epoch seconds.
    Network network;
  };

  void ReadOperator(std::string_view name);
  void AddValue(std::string_view text, bool with_variables);
  bool OneMatches(const std::string& text, const Operand& value, const RequestFacts& facts) const;
  bool AnyMatches(const std::string& text, const RequestFacts& facts) const;  // Before negation.
  bool Compare(double left, double right) const;

  std::string key_;
  std::string written_key_;
  std::vector<Operand> values_;
  Kind kind_ = Kind::kString;
  Relation relation_ = Relation::kEqual;
  Quantifier quantifier_ = Quantifier::kNone;
  bool negated_ = false;
  bool if_exists_ = false;
  bool null_expected_ = false;
  bool asks_unknown_ = false;
};

}  // namespace sagebrush::identity
