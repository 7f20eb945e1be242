#include "events/pattern_condition.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "events/event_errors.h"

namespace sagebrush::events {
namespace {

using Condition = std::unique_ptr<PatternCondition>;

bool SameValue(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number())
    return a.is_int64() && b.is_int64() ? a == b : a.to_number<double>() == b.to_number<double>();
  return a == b;
}

class Equals : public PatternCondition {
 public:
  explicit Equals(Json wanted) : wanted_(std::move(wanted)) {}
  bool Holds(const Json* value) const override { return value != nullptr && SameValue(*value, wanted_); }

 private:
  const Json wanted_;
};

class Exists : public PatternCondition {
 public:
  explicit Exists(bool wanted) : wanted_(wanted) {}
  bool Holds(const Json* value) const override { return (value != nullptr) == wanted_; }

 private:
  const bool wanted_;
};

// Of strings. Other values have no such beginning or end.
class OfText : public PatternCondition {
 public:
  using Test = std::function<bool(std::string_view text)>;
  explicit OfText(Test test) : test_(std::move(test)) {}
  bool Holds(const Json* value) const override {
    return value != nullptr && value->is_string() && test_(value->get_string());
  }

 private:
  const Test test_;
};

// A value that is there and for which none of `excluded` holds.
class AnythingBut : public PatternCondition {
 public:
  explicit AnythingBut(std::vector<Condition> excluded) : excluded_(std::move(excluded)) {}
  bool Holds(const Json* value) const override {
    return value != nullptr && std::ranges::none_of(excluded_, [&](const auto& one) { return one->Holds(value); });
  }

 private:
  const std::vector<Condition> excluded_;
};

class Numeric : public PatternCondition {
 public:
  struct Bound {
    std::string comparison;
    double number;
  };
  explicit Numeric(std::vector<Bound> bounds) : bounds_(std::move(bounds)) {}
  bool Holds(const Json* value) const override {
    if (value == nullptr || !value->is_number()) return false;
    const auto number = value->to_number<double>();
    return std::ranges::all_of(bounds_, [&](const Bound& bound) { return Keeps(bound, number); });
  }

 private:
  static bool Keeps(const Bound& bound, double number) {
    if (bound.comparison == "=") return number == bound.number;
    if (bound.comparison == "<") return number < bound.number;
    if (bound.comparison == "<=") return number <= bound.number;
    return bound.comparison == ">" ? number > bound.number : number >= bound.number;
  }

  const std::vector<Bound> bounds_;
};

std::string TextIn(const Json& value, std::string_view what) {
  if (!value.is_string()) ThrowInvalidPattern(fmt::format("{} must be a string", what));
  return std::string(value.get_string());
}

// A text, or {"equals-ignore-case": text}: what an end or a beginning is compared with.
struct End {
  std::string text;
  bool ignores_case;
};
End EndIn(const Json& value, std::string_view name) {
  if (!value.is_object()) return {TextIn(value, fmt::format("{} match pattern", name)), false};
  const JsonObject& inner = value.get_object();
  if (inner.size() != 1 || inner.begin()->key() != "equals-ignore-case") {
    ThrowInvalidPattern(fmt::format("Only equals-ignore-case can stand inside {}", name));
  }
  return {Lower(TextIn(inner.begin()->value(), "equals-ignore-case match pattern")), true};
}

Condition Prefix(const Json& value) {
  return std::make_unique<OfText>([end = EndIn(value, "prefix")](std::string_view text) {
    const std::string_view beginning = text.substr(0, end.text.size());
    return end.ignores_case ? EqualsIgnoringCase(beginning, end.text) : beginning == end.text;
  });
}

Condition Suffix(const Json& value) {
  return std::make_unique<OfText>([end = EndIn(value, "suffix")](std::string_view text) {
    if (text.size() < end.text.size()) return false;
    const std::string_view rest = text.substr(text.size() - end.text.size());
    return end.ignores_case ? EqualsIgnoringCase(rest, end.text) : rest == end.text;
  });
}

Condition EqualsIgnoreCase(const Json& value) {
  return std::make_unique<OfText>([lower = Lower(TextIn(value, "equals-ignore-case match pattern"))](
                                      std::string_view text) { return EqualsIgnoringCase(text, lower); });
}

// The texts between the asterisks; a backslash takes an asterisk or another backslash as it is.
std::vector<std::string> WildcardPieces(const std::string& pattern) {
  std::vector<std::string> pieces(1);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      if (++i == pattern.size() || (pattern[i] != '*' && pattern[i] != '\\')) {
        ThrowInvalidPattern("Invalid escape character in wildcard match pattern");
      }
    } else if (pattern[i] == '*') {
      if (pieces.size() > 1 && pieces.back().empty()) ThrowInvalidPattern("Consecutive wildcard characters");
      pieces.emplace_back();
      continue;
    }
    pieces.back() += pattern[i];
  }
  return pieces;
}

// Each piece at the first place where it can be: no later one would leave more room for those behind it.
bool MatchesPieces(const std::vector<std::string>& pieces, std::string_view text) {
  if (pieces.size() == 1) return text == pieces[0];
  if (!text.starts_with(pieces.front())) return false;
  text.remove_prefix(pieces.front().size());
  if (!text.ends_with(pieces.back())) return false;
  text.remove_suffix(pieces.back().size());
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
    const std::size_t at = text.find(pieces[i]);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + pieces[i].size());
  }
  return true;
}

Condition Wildcard(const Json& value) {
  return std::make_unique<OfText>([pieces = WildcardPieces(TextIn(value, "wildcard match pattern"))](
                                      std::string_view text) { return MatchesPieces(pieces, text); });
}

// An IPv4 or IPv6 address as its 4 or 16 bytes; empty: it is none.
std::string AddressBytes(std::string_view text) {
  std::array<char, 16> bytes{};
  const std::string address(text);
  if (address.find('\0') != std::string::npos) return "";
  if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) return {bytes.data(), 4};
  return ::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1 ? std::string(bytes.data(), 16) : "";
}

bool SameBits(const std::string& a, const std::string& b, std::size_t bits) {
  const std::size_t whole = bits / 8;
  if (a.size() != b.size() || a.compare(0, whole, b, 0, whole) != 0) return false;
  const unsigned rest = bits % 8;
  return rest == 0 ||
         ((static_cast<unsigned char>(a[whole]) ^ static_cast<unsigned char>(b[whole])) >> (8 - rest)) == 0;
}

Condition Cidr(const Json& value) {
  const std::string text = TextIn(value, "cidr match pattern");
  const std::size_t slash = text.find('/');
  const std::string network = AddressBytes(text.substr(0, slash));
  std::size_t bits = 0;
  bool valid = !network.empty() && slash != std::string::npos;
  if (valid) {
    const auto read = std::from_chars(text.data() + slash + 1, text.data() + text.size(), bits);
    valid = read.ec == std::errc() && read.ptr == text.data() + text.size() && bits <= network.size() * 8;
  }
  if (!valid) ThrowInvalidPattern("Malformed CIDR, one '/' required with an address before it and its bits behind");
  return std::make_unique<OfText>(
      [network, bits](std::string_view address) { return SameBits(AddressBytes(address), network, bits); });
}

Condition NumericIn(const Json& value) {
  if (!value.is_array() || (value.get_array().size() != 2 && value.get_array().size() != 4)) {
    ThrowInvalidPattern("Value of numeric must be an array of one or two comparisons, each with its number");
  }
  std::vector<Numeric::Bound> bounds;
  const JsonArray& given = value.get_array();
  for (std::size_t i = 0; i < given.size(); i += 2) {
    const std::string comparison = TextIn(given[i], "Numeric comparison");
    constexpr std::array<std::string_view, 5> kComparisons{"=", "<", "<=", ">", ">="};
    if (std::ranges::find(kComparisons, comparison) == kComparisons.end()) {
      ThrowInvalidPattern("Unrecognized numeric range operator: " + comparison);
    }
    if (!given[i + 1].is_number()) ThrowInvalidPattern("Value of " + comparison + " must be numeric");
    bounds.push_back({comparison, given[i + 1].to_number<double>()});
  }
  const bool is_range =
      bounds.size() == 1 || (bounds[0].comparison.starts_with('>') && bounds[1].comparison.starts_with('<') &&
                             bounds[0].number < bounds[1].number);
  if (!is_range) ThrowInvalidPattern("Bottom must be less than top: a range is > or >= a number and < or <= another");
  return std::make_unique<Numeric>(std::move(bounds));
}

Condition ExistsIn(const Json& value) {
  if (!value.is_bool()) ThrowInvalidPattern("exists match pattern must be either true or false");
  return std::make_unique<Exists>(value.get_bool());
}

// What is excluded: a value or several of one type, or an operator on texts with one or several of them.
std::vector<Condition> ExcludedIn(const Json& value);
Condition AnythingButIn(const Json& value) { return std::make_unique<AnythingBut>(ExcludedIn(value)); }

struct Operator {
  std::string_view name;
  Condition (*read)(const Json&);
  bool excludes;  // May stand inside anything-but.
};
constexpr std::array<Operator, 8> kOperators{{
    {"prefix", Prefix, true},
    {"suffix", Suffix, true},
    {"equals-ignore-case", EqualsIgnoreCase, true},
    {"wildcard", Wildcard, true},
    {"numeric", NumericIn, false},
    {"cidr", Cidr, false},
    {"exists", ExistsIn, false},
    {"anything-but", AnythingButIn, false},
}};

const Operator& OperatorNamed(std::string_view name) {
  const auto found = std::ranges::find(kOperators, name, &Operator::name);
  if (found == kOperators.end()) ThrowInvalidPattern(fmt::format("Unrecognized match type {}", name));
  return *found;
}

std::vector<Condition> ExcludedIn(const Json& value) {
  std::vector<Condition> excluded;
  if (value.is_object()) {
    const JsonObject& inner = value.get_object();
    if (inner.size() != 1) ThrowInvalidPattern("Only one key allowed in match expression");
    const Operator& test = OperatorNamed(inner.begin()->key());
    if (!test.excludes) ThrowInvalidPattern(fmt::format("{} cannot stand inside anything-but", test.name));
    const Json& of = inner.begin()->value();
    const JsonArray all = of.is_array() ? of.get_array() : JsonArray{of};
    for (const Json& one : all) excluded.push_back(test.read(one));
  } else {
    const JsonArray all = value.is_array() ? value.get_array() : JsonArray{value};
    for (const Json& one : all) {
      const bool same_type = one.is_string() ? all.front().is_string() : one.is_number() && all.front().is_number();
      if (!same_type) ThrowInvalidPattern("Inside anything but list, either all values are number or string");
      excluded.push_back(std::make_unique<Equals>(one));
    }
  }
  if (excluded.empty()) ThrowInvalidPattern("Empty arrays are not allowed");
  return excluded;
}

}  // namespace

void ThrowInvalidPattern(std::string_view reason) {
  throw Error(kInvalidEventPattern, fmt::format("Event pattern is not valid. Reason: {}", reason));
}

std::unique_ptr<PatternCondition> ReadCondition(const Json& element, std::string_view member) {
  if (element.is_array()) ThrowInvalidPattern(fmt::format("\"{}\" holds an array inside its array", member));
  if (!element.is_object()) return std::make_unique<Equals>(element);
  const JsonObject& expression = element.get_object();
  if (expression.size() != 1) ThrowInvalidPattern("Only one key allowed in match expression");
  return OperatorNamed(expression.begin()->key()).read(expression.begin()->value());
}

}  // namespace sagebrush::events
