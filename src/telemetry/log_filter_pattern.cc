#include "telemetry/log_filter_pattern.h"

#include "base/error.h"
#include "base/text.h"
#include "telemetry/log_errors.h"
#include "telemetry/log_filter_condition.h"

namespace sagebrush::telemetry {
namespace {

[[noreturn]] void ThrowInvalid(const std::string& what) {
  throw Error(kLogsInvalidParameter, "Invalid filter pattern: " + what);
}

std::unique_ptr<Pattern> Compile(const std::string& expression) {
  try {
    return std::make_unique<Pattern>(expression);
  } catch (const Error& error) {
    ThrowInvalid(error.what());
  }
}

// The next term of `text`, which it removes; quotes are taken off.
std::string TakeTerm(std::string_view& text) {
  std::string term;
  if (text.front() != '"') {
    const std::size_t size = std::min(text.find_first_of(" \t\n"), text.size());
    term = text.substr(0, size);
    text.remove_prefix(size);
    return term;
  }
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
    term += text.front();
    text.remove_prefix(1);
  }
  if (text.empty()) ThrowInvalid("a quotation mark is not closed.");
  text.remove_prefix(1);
  return term;
}

}  // namespace

LogFilterPattern::LogFilterPattern(const std::string& pattern) {
  std::string_view text = Trim(pattern);
  if (text.starts_with('{')) {
    condition_ = ParseLogFilterCondition(text);
    return;
  }
  if (text.starts_with('[')) {
    ThrowInvalid("space-delimited patterns ([a, b, ...]) are not supported; use terms, %regex% or { $.x = y }.");
  }
  if (text.size() > 1 && text.starts_with('%')) {
    if (!text.ends_with('%')) ThrowInvalid("a regular expression must start and end with %.");
    expression_ = Compile(std::string(text.substr(1, text.size() - 2)));
    return;
  }
  while (!(text = Trim(text)).empty()) {
    std::vector<std::string>* terms = &required_;
    if (text.size() > 1 && (text.front() == '-' || text.front() == '?')) {
      terms = text.front() == '-' ? &excluded_ : &optional_;
      text.remove_prefix(1);
    }
    terms->push_back(TakeTerm(text));
  }
}

LogFilterPattern::~LogFilterPattern() = default;
LogFilterPattern::LogFilterPattern(LogFilterPattern&&) noexcept = default;

bool LogFilterPattern::Matches(std::string_view message) const {
  if (expression_ != nullptr) return expression_->Matches(message);
  if (condition_ != nullptr) {
    if (message.find('{') == std::string_view::npos) return false;
    try {
      return condition_->Holds(ParseJson(message));
    } catch (const Error&) {
      return false;  // Not JSON: no property of it can be compared.
    }
  }
  const auto contains = [&](const std::string& term) { return message.find(term) != std::string_view::npos; };
  for (const std::string& term : required_) {
    if (!contains(term)) return false;
  }
  for (const std::string& term : excluded_) {
    if (contains(term)) return false;
  }
  if (optional_.empty() || !required_.empty()) return true;
  for (const std::string& term : optional_) {
    if (contains(term)) return true;
  }
  return false;
}

}  // namespace sagebrush::telemetry
