#include "telemetry/log_filter_condition.h"

#include <fmt/format.h>

#include <charconv>
#include <variant>

#include "base/error.h"
#include "telemetry/log_errors.h"

namespace sagebrush::telemetry {
namespace {

using Condition = LogFilterPattern::Condition;
using ConditionPtr = std::unique_ptr<Condition>;
constexpr int kDepthMax = 50;

// $.a.b[2].c: names and indexes.
using Selector = std::vector<std::variant<std::string, std::size_t>>;

const Json* Select(const Json& event, const Selector& selector) {
  const Json* value = &event;
  for (const auto& step : selector) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      value = value->is_object() ? value->as_object().if_contains(*name) : nullptr;
    } else {
      value = value->is_array() ? value->as_array().if_contains(std::get<std::size_t>(step)) : nullptr;
    }
    if (value == nullptr) return nullptr;
  }
  return value;
}

// Whether `text` is `wildcard`, in which each * stands for anything.
bool MatchesWildcard(std::string_view text, std::string_view wildcard) {
  std::size_t t = 0, w = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (w < wildcard.size() && wildcard[w] == '*') {
      star = w++;
      resume = t;
    } else if (w < wildcard.size() && wildcard[w] == text[t]) {
      ++w, ++t;
    } else if (star != std::string_view::npos) {
      w = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (w < wildcard.size() && wildcard[w] == '*') ++w;
  return w == wildcard.size();
}

struct All : Condition {
  std::vector<ConditionPtr> parts;
  bool Holds(const Json& event) const override {
    for (const ConditionPtr& part : parts) {
      if (!part->Holds(event)) return false;
    }
    return true;
  }
};
struct Any : Condition {
  std::vector<ConditionPtr> parts;
  bool Holds(const Json& event) const override {
    for (const ConditionPtr& part : parts) {
      if (part->Holds(event)) return true;
    }
    return false;
  }
};
struct Is : Condition {
  Selector selector;
  Json expected;  // null, true or false.
  bool Holds(const Json& event) const override {
    const Json* value = Select(event, selector);
    return value != nullptr && *value == expected;
  }
};
struct NotExists : Condition {
  Selector selector;
  bool Holds(const Json& event) const override { return Select(event, selector) == nullptr; }
};
struct CompareNumber : Condition {
  Selector selector;
  std::string op;
  double expected = 0;
  bool Holds(const Json& event) const override {
    const Json* found = Select(event, selector);
    if (found == nullptr || !found->is_number()) return false;
    const double value = found->to_number<double>();
    if (op == "=") return value == expected;
    if (op == "!=") return value != expected;
    if (op == "<") return value < expected;
    if (op == ">") return value > expected;
    return op == "<=" ? value <= expected : value >= expected;
  }
};
struct CompareText : Condition {
  Selector selector;
  bool equal = true;
  std::string wildcard;
  std::unique_ptr<Pattern> expression;  // Instead of the wildcard.
  bool Holds(const Json& event) const override {
    const Json* found = Select(event, selector);
    if (found == nullptr || found->is_object() || found->is_array() || found->is_null()) return false;
    const std::string text = found->is_string() ? std::string(found->as_string()) : ToText(*found);
    const bool matches = expression != nullptr ? expression->Matches(text) : MatchesWildcard(text, wildcard);
    return matches == equal;
  }
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  ConditionPtr ParseAll() {
    Expect("{");
    ConditionPtr condition = ParseAny();
    Expect("}");
    SkipBlanks();
    if (place_ != text_.size()) Fail("the end");
    return condition;
  }

 private:
  [[noreturn]] void Fail(std::string_view expected) {
    throw Error(kLogsInvalidParameter,
                fmt::format("Invalid filter pattern: expected {} at character {}.", expected, place_ + 1));
  }
  void SkipBlanks() {
    while (place_ < text_.size() && (text_[place_] == ' ' || text_[place_] == '\t' || text_[place_] == '\n')) ++place_;
  }
  bool Take(std::string_view token) {
    SkipBlanks();
    if (!text_.substr(place_).starts_with(token)) return false;
    place_ += token.size();
    return true;
  }
  void Expect(std::string_view token) {
    if (!Take(token)) Fail(fmt::format("'{}'", token));
  }

  ConditionPtr ParseAny() {
    if (++depth_ > kDepthMax) Fail("fewer parentheses");
    auto any = std::make_unique<Any>();
    do any->parts.push_back(ParseEach());
    while (Take("||"));
    --depth_;
    return any;
  }
  ConditionPtr ParseEach() {
    auto all = std::make_unique<All>();
    do all->parts.push_back(ParseOne());
    while (Take("&&"));
    return all;
  }
  ConditionPtr ParseOne() {
    if (Take("(")) {
      ConditionPtr inner = ParseAny();
      Expect(")");
      return inner;
    }
    Selector selector = ParseSelector();
    if (Take("IS ")) return ParseIs(std::move(selector));
    if (Take("NOT ")) {
      Expect("EXISTS");
      auto condition = std::make_unique<NotExists>();
      condition->selector = std::move(selector);
      return condition;
    }
    for (const char* op : {"!=", "<=", ">=", "=", "<", ">"}) {
      if (Take(op)) return ParseComparison(std::move(selector), op);
    }
    Fail("=, !=, <, >, <=, >=, IS or NOT EXISTS");
  }
  ConditionPtr ParseIs(Selector selector) {
    auto condition = std::make_unique<Is>();
    condition->selector = std::move(selector);
    if (Take("NULL")) return condition;
    const bool is_true = Take("TRUE");
    if (!is_true) Expect("FALSE");
    condition->expected = is_true;
    return condition;
  }

  static bool IsWord(char c) { return std::string_view(" \t\n.[](){}&|=<>!\"'%,").find(c) == std::string_view::npos; }
  std::string ParseWord(std::string_view also = "") {
    const std::size_t start = place_;
    while (place_ < text_.size() && (IsWord(text_[place_]) || also.find(text_[place_]) != std::string_view::npos))
      ++place_;
    if (place_ == start) Fail("a name or value");
    return std::string(text_.substr(start, place_ - start));
  }
  // Up to the closing `quote`, which \ protects.
  std::string ParseQuoted(char quote) {
    std::string value;
    while (place_ < text_.size() && text_[place_] != quote) {
      if (text_[place_] == '\\' && place_ + 1 < text_.size() && text_[place_ + 1] == quote) ++place_;
      value += text_[place_++];
    }
    if (place_ == text_.size()) Fail(fmt::format("a closing {}", quote));
    ++place_;
    return value;
  }
  Selector ParseSelector() {
    Expect("$");
    Selector selector;
    while (place_ < text_.size() && (text_[place_] == '.' || text_[place_] == '[')) {
      if (text_[place_++] == '.') {
        if (place_ < text_.size() && text_[place_] == '[') continue;
        selector.emplace_back(ParseWord());
      } else if (place_ < text_.size() && (text_[place_] == '\'' || text_[place_] == '"')) {
        const char quote = text_[place_++];
        selector.emplace_back(ParseQuoted(quote));
        Expect("]");
      } else {
        std::size_t index = 0;
        const auto result = std::from_chars(text_.data() + place_, text_.data() + text_.size(), index);
        if (result.ec != std::errc()) Fail("an index");
        place_ = static_cast<std::size_t>(result.ptr - text_.data());
        selector.emplace_back(index);
        Expect("]");
      }
    }
    if (selector.empty()) Fail("a property as in $.name");
    return selector;
  }
  ConditionPtr ParseComparison(Selector selector, const std::string& op) {
    const bool equality = op == "=" || op == "!=";
    SkipBlanks();
    auto text = std::make_unique<CompareText>();
    if (Take("\"")) {
      text->wildcard = ParseQuoted('"');
    } else if (Take("%")) {
      text->expression = std::make_unique<Pattern>(ParseQuoted('%'));
    } else {
      const std::string word = ParseWord(".");
      double number = 0;
      const auto result = std::from_chars(word.data(), word.data() + word.size(), number);
      if (result.ec == std::errc() && result.ptr == word.data() + word.size()) {
        auto condition = std::make_unique<CompareNumber>();
        condition->selector = std::move(selector);
        condition->op = op;
        condition->expected = number;
        return condition;
      }
      text->wildcard = word;
    }
    if (!equality) Fail("a number after " + op);
    text->selector = std::move(selector);
    text->equal = op == "=";
    return text;
  }

  std::string_view text_;
  std::size_t place_ = 0;
  int depth_ = 0;
};

}  // namespace

std::unique_ptr<Condition> ParseLogFilterCondition(std::string_view text) { return Parser(text).ParseAll(); }

}  // namespace sagebrush::telemetry
