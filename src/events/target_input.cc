#include "events/target_input.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/error.h"
#include "events/rule.h"

namespace sagebrush::events {
namespace {

constexpr std::array<std::string_view, 5> kReserved{"aws.events.rule-arn", "aws.events.rule-name",
                                                    "aws.events.event.ingestion-time", "aws.events.event",
                                                    "aws.events.event.json"};

bool IsOfPlaceholder(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

// The name in "<name>" at the beginning of `text`; empty: there is none, and '<' is a character as others.
std::string_view PlaceholderAt(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && IsOfPlaceholder(text[end])) ++end;
  return end > 1 && end < text.size() && text[end] == '>' ? text.substr(1, end - 1) : std::string_view();
}

// Inside a string of the template: a text as it is, anything else as JSON, either with what JSON escapes.
std::string Quoted(const std::optional<Json>& value) {
  if (!value) return "";
  const std::string text = ToText(value->is_string() ? *value : Json(ToText(*value)));
  return text.substr(1, text.size() - 2);
}

Json WithoutDetail(const Json& event) {
  JsonObject rest = event.as_object();
  rest.erase("detail");
  return rest;
}

std::optional<Json> ReservedValue(std::string_view name, const Json& event, const store::Key& rule, Time arrived) {
  if (name == "aws.events.rule-arn") return Json(RuleArn(rule));
  if (name == "aws.events.rule-name") return Json(rule.name);
  if (name == "aws.events.event.ingestion-time") return Json(ToIso8601(arrived));
  if (name == "aws.events.event") return WithoutDetail(event);
  return name == "aws.events.event.json" ? std::optional<Json>(event) : std::nullopt;
}

}  // namespace

TargetInput::TargetInput(const Json& target) {
  const std::string id = GetString(target, "Id");
  const Json* const transformer = Find(target, "InputTransformer");
  const bool has_constant = Find(target, "Input") != nullptr, has_path = Find(target, "InputPath") != nullptr;
  if (has_constant + has_path + (transformer != nullptr) > 1) {
    throw Error(kValidation,
                fmt::format("Only one of Input, InputPath, or InputTransformer must be provided for target {}.", id));
  }
  try {
    if (has_constant) constant_ = ParseJson(GetString(target, "Input"));
    if (has_path) path_.emplace(GetString(target, "InputPath"));
    if (transformer != nullptr) ReadTransformer(*transformer);
  } catch (const Error& error) {
    throw Error(kValidation, fmt::format("The input of target {} is not valid: {}", id, error.what()));
  }
}

void TargetInput::ReadTransformer(const Json& transformer) {
  if (const Json* const paths = Find(transformer, "InputPathsMap")) {
    for (const auto& [name, path] : paths->as_object()) {
      if (name.empty() || !std::ranges::all_of(name, IsOfPlaceholder) || std::string_view(name).starts_with("aws.")) {
        throw Error(kValidation, fmt::format("{} is no name for a variable.", std::string_view(name)));
      }
      variables_.emplace(std::string(name), JsonPath(std::string(path.as_string())));
    }
  }
  template_ = GetString(transformer, "InputTemplate");
  // As if nothing had a value: it must be JSON then, and so it is with any values.
  ParseJson(Fill([this](const std::string& name) -> std::optional<Json> {
    if (IsPlaceholder(name)) return std::nullopt;
    throw Error(kValidation, fmt::format("InputTemplate contains the invalid placeholder <{}>.", name));
  }));
}

bool TargetInput::IsPlaceholder(std::string_view name) const {
  return variables_.contains(name) || std::ranges::find(kReserved, name) != kReserved.end();
}

std::string TargetInput::Fill(const Value& value) const {
  std::string filled;
  bool in_string = false;
  for (std::size_t i = 0; i < template_->size(); ++i) {
    const char c = (*template_)[i];
    const auto name = c == '<' ? PlaceholderAt(std::string_view(*template_).substr(i)) : std::string_view();
    if (!name.empty()) {
      const auto found = value(std::string(name));
      filled += in_string ? Quoted(found) : ToText(found.value_or(Json(nullptr)));
      i += name.size() + 1;
      continue;
    }
    filled += c;
    if (c == '"') in_string = !in_string;
    if (c == '\\' && i + 1 < template_->size()) filled += (*template_)[++i];  // It may be a quotation mark.
  }
  return filled;
}

Json TargetInput::Of(const Json& event, const store::Key& rule, Time arrived) const {
  if (constant_) return *constant_;
  if (path_) {
    const Json* const part = path_->In(event);
    return part == nullptr ? Json(nullptr) : *part;
  }
  if (!template_) return event;
  return ParseJson(Fill([&](const std::string& name) -> std::optional<Json> {
    const auto variable = variables_.find(name);
    if (variable == variables_.end()) return ReservedValue(name, event, rule, arrived);
    const Json* const found = variable->second.In(event);
    return found == nullptr ? std::nullopt : std::optional<Json>(*found);
  }));
}

}  // namespace sagebrush::events
