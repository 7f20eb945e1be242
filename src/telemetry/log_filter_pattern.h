#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "telemetry/pattern.h"

namespace sagebrush::telemetry {

// A filter pattern of CloudWatch Logs: nothing (all events match), terms (`ERROR "exact phrase" -not ?either ?or`), one
// %regular expression%, or a condition on JSON events (`{ $.level = "error" && ($.code > 499 || $.x NOT EXISTS) }`).
// Space-delimited patterns (`[ip, user, ...]`) are refused.
// Safe to call from any thread.
class LogFilterPattern {
 public:
  // Throws Error(InvalidParameterException) that says what is wrong and where.
  explicit LogFilterPattern(const std::string& text);
  ~LogFilterPattern();
  LogFilterPattern(LogFilterPattern&&) noexcept;

  bool Matches(std::string_view message) const;

  // A part of a condition on JSON events.
  class Condition {
   public:
    virtual ~Condition() = default;
    virtual bool Holds(const Json& event) const = 0;
  };

 private:
  std::vector<std::string> required_;
  std::vector<std::string> excluded_;
  std::vector<std::string> optional_;  // Any of them; AWS ignores them when there are required ones.
  std::unique_ptr<Pattern> expression_;
  std::unique_ptr<Condition> condition_;
};

}  // namespace sagebrush::telemetry
