#pragma once

#include <memory>
#include <string_view>

#include "base/json.h"

namespace sagebrush::events {

// What an event pattern asks of one value of an event. Safe to use from any thread.
class PatternCondition {
 public:
  virtual ~PatternCondition() = default;
  // `value` is a string, a number, a boolean or null; nullptr: the event has no such member.
  virtual bool Holds(const Json* value) const = 0;
};

// One element of a pattern's array: a value that must be equal, or an object with one operator: prefix, suffix,
// equals-ignore-case, wildcard, anything-but, numeric, cidr, exists. `member` is whose array it is, for the error.
// Throws Error(InvalidEventPatternException).
std::unique_ptr<PatternCondition> ReadCondition(const Json& element, std::string_view member);

// Throws Error(InvalidEventPatternException) in EventBridge's form.
[[noreturn]] void ThrowInvalidPattern(std::string_view reason);

}  // namespace sagebrush::events
