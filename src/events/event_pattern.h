#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "events/pattern_condition.h"

namespace sagebrush::events {

// An event pattern, compiled: which events a rule is for. Members of an event that it names must be there with one of
// the values in its arrays; those of one object together. Where the event has an array, one element of it will do.
// Safe to use from any thread; a match takes time by the size of the pattern and of the event.
class EventPattern {
 public:
  static constexpr std::size_t kCharactersMax = 2048;

  // Throws Error(InvalidEventPatternException) that says what is wrong.
  explicit EventPattern(const std::string& text);
  EventPattern(EventPattern&&) noexcept;
  EventPattern& operator=(EventPattern&&) noexcept;
  ~EventPattern();

  bool Matches(const Json& event) const;

 private:
  struct Node;
  static Node Read(const JsonObject& object);
  static bool Matches(const Node& node, const Json* event);

  std::unique_ptr<Node> root_;
};

}  // namespace sagebrush::events
