#include "events/event_pattern.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/text.h"

namespace sagebrush::events {
namespace {

using Conditions = std::vector<std::unique_ptr<PatternCondition>>;

// Objects and empty arrays are no value.
bool AnyHolds(const Conditions& conditions, const Json* value) {
  if (value != nullptr && value->is_array() && !value->get_array().empty()) {
    return std::ranges::any_of(value->get_array(), [&](const Json& one) { return AnyHolds(conditions, &one); });
  }
  if (value != nullptr && value->is_structured()) value = nullptr;
  return std::ranges::any_of(conditions, [&](const auto& condition) { return condition->Holds(value); });
}

Conditions ReadConditions(const JsonArray& array, std::string_view member) {
  if (array.empty()) ThrowInvalidPattern("Empty arrays are not allowed");
  Conditions conditions;
  for (const Json& element : array) conditions.push_back(ReadCondition(element, member));
  return conditions;
}

Json Parse(const std::string& text) {
  if (FirstCharacters(text, EventPattern::kCharactersMax).size() < text.size()) {
    ThrowInvalidPattern(fmt::format("It is longer than {} characters", EventPattern::kCharactersMax));
  }
  try {
    return ParseJson(text);
  } catch (const Error& error) {
    ThrowInvalidPattern(error.what());
  }
}

}  // namespace

// An object of the pattern. All of it must hold.
struct EventPattern::Node {
  struct Value {
    std::string member;
    Conditions conditions;
  };
  std::string member;  // Whose value it asks for; empty: the whole event, or the same as the object around it.
  std::vector<Value> values;
  std::vector<Node> objects;
  std::vector<std::vector<Node>> choices;  // Of each "$or" one must hold.
};

EventPattern::EventPattern(const std::string& text) {
  const Json pattern = Parse(text);
  if (!pattern.is_object()) ThrowInvalidPattern("Filter is not an object");
  root_ = std::make_unique<Node>(Read(pattern.get_object()));
}

EventPattern::EventPattern(EventPattern&&) noexcept = default;
EventPattern& EventPattern::operator=(EventPattern&&) noexcept = default;
EventPattern::~EventPattern() = default;

EventPattern::Node EventPattern::Read(const JsonObject& object) {
  if (object.empty()) ThrowInvalidPattern("Empty objects are not allowed");
  Node node;
  for (const auto& [key, value] : object) {
    const std::string member(key);
    if (member == "$or") {
      if (!value.is_array() || value.get_array().size() < 2) {
        ThrowInvalidPattern("$or must be an array of at least two objects");
      }
      auto& choice = node.choices.emplace_back();
      for (const Json& alternative : value.get_array()) {
        if (!alternative.is_object()) ThrowInvalidPattern("$or must be an array of at least two objects");
        choice.push_back(Read(alternative.get_object()));
      }
    } else if (value.is_object()) {
      node.objects.push_back(Read(value.get_object()));
      node.objects.back().member = member;
    } else if (value.is_array()) {
      node.values.push_back({member, ReadConditions(value.get_array(), member)});
    } else {
      ThrowInvalidPattern(fmt::format("\"{}\" must be an object or an array", member));
    }
  }
  return node;
}

bool EventPattern::Matches(const Json& event) const { return Matches(*root_, &event); }

bool EventPattern::Matches(const Node& node, const Json* event) {
  if (event != nullptr && event->is_array() && !event->get_array().empty()) {
    return std::ranges::any_of(event->get_array(), [&](const Json& one) { return Matches(node, &one); });
  }
  const auto member = [&](const std::string& name) {
    return event != nullptr && event->is_object() ? event->get_object().if_contains(name) : nullptr;
  };
  return std::ranges::all_of(node.values,
                             [&](const auto& value) { return AnyHolds(value.conditions, member(value.member)); }) &&
         std::ranges::all_of(node.objects, [&](const auto& inner) { return Matches(inner, member(inner.member)); }) &&
         std::ranges::all_of(node.choices, [&](const auto& choice) {
           return std::ranges::any_of(choice, [&](const Node& one) { return Matches(one, event); });
         });
}

}  // namespace sagebrush::events
