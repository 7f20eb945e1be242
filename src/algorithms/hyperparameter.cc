#include "algorithms/hyperparameter.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "algorithms/algorithm.h"
#include "base/text.h"

namespace sagebrush::algorithms {
namespace {

std::string Shown(double value) {
  if (std::isinf(value)) return value > 0 ? "+inf" : "-inf";
  return fmt::format("{}", value);
}

[[noreturn]] void Refuse(std::string_view name, std::string_view why) {
  throw Error(kClientError, fmt::format("Hyperparameter {}: {}", name, why));
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number value{};
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void CheckNumber(const Hyperparameter& declared, const std::string& value) {
  double number = 0;
  if (declared.type == Hyperparameter::Type::kInteger) {
    const auto parsed = ParseNumber<std::int64_t>(value);
    if (!parsed) Refuse(declared.name, fmt::format("could not parse value '{}': give a whole number", value));
    number = static_cast<double>(*parsed);
  } else {
    const auto parsed = ParseNumber<double>(value);
    if (!parsed || std::isnan(*parsed)) {
      Refuse(declared.name, fmt::format("could not parse value '{}': give a number", value));
    }
    number = *parsed;
  }
  if (!declared.range.Contains(number)) {
    Refuse(declared.name, fmt::format("{} is not in {}", value, declared.range.ToString()));
  }
}

void CheckChoice(const Hyperparameter& declared, std::string_view value) {
  if (declared.check != nullptr) {
    const std::string reason = declared.check(value);
    if (!reason.empty()) Refuse(declared.name, fmt::format("{} {}", value, reason));
    return;
  }
  if (std::find(declared.choices.begin(), declared.choices.end(), value) == declared.choices.end()) {
    Refuse(declared.name, fmt::format("{} is not in [{}]", value, fmt::join(declared.choices, ", ")));
  }
}

// Of a list in either form.
std::vector<std::string> ItemsOf(std::string_view list) {
  if (!list.starts_with('[')) return SplitList(list);
  std::vector<std::string> items;
  try {
    const Json json = ParseJson(list);
    for (const Json& item : json.as_array()) items.emplace_back(item.as_string());
  } catch (const std::exception&) {  // Something else in brackets.
    return SplitList(list);
  }
  return items;
}

void CheckValue(const Hyperparameter& declared, const std::string& value) {
  if (declared.automatic && value == "auto") return;
  switch (declared.type) {
    case Hyperparameter::Type::kInteger:
    case Hyperparameter::Type::kReal:
      return CheckNumber(declared, value);
    case Hyperparameter::Type::kChoice:
      return CheckChoice(declared, value);
    case Hyperparameter::Type::kChoiceList:
      if (value.starts_with('[') && ItemsOf(value).empty()) Refuse(declared.name, "the list is empty");
      for (const std::string& item : ItemsOf(value)) CheckChoice(declared, item);
      return;
    case Hyperparameter::Type::kText:
      if (declared.check != nullptr) CheckChoice(declared, value);
      return;
  }
}

// SDKs that JSON-encode every value send "\"gbtree\"" where others send "gbtree"; numbers and booleans may come as
// such.
std::string ValueText(std::string_view name, const Json& value) {
  if (!value.is_string()) {
    if (value.is_object() || value.is_array() || value.is_null()) Refuse(name, "the value must be a string");
    return ToText(value);
  }
  const std::string_view text = Trim(std::string_view(value.get_string()));
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
  try {
    if (const Json inner = ParseJson(text); inner.is_string()) return std::string(inner.get_string());
  } catch (const Error&) {  // Not encoded, but quoted.
  }
  return std::string(text.substr(1, text.size() - 2));
}

const Hyperparameter* FindDeclared(std::span<const Hyperparameter> declared, std::string_view name) {
  for (const Hyperparameter& item : declared) {
    if (item.name == name || (!item.alias.empty() && item.alias == name)) return &item;
  }
  return nullptr;
}

}  // namespace

Hyperparameter Integer(std::string_view name, Interval range, std::string_view default_value, std::string_view note,
                       std::optional<Interval> tunable) {
  return {.name = name,
          .type = Hyperparameter::Type::kInteger,
          .range = range,
          .default_value = default_value,
          .tunable = tunable,
          .note = note};
}

Hyperparameter IntegerOrAuto(std::string_view name, Interval range, std::string_view note,
                             std::optional<Interval> tunable) {
  Hyperparameter declared = Integer(name, range, "auto", note, tunable);
  declared.automatic = true;
  return declared;
}

Hyperparameter Required(Hyperparameter declared) {
  declared.required = true;
  return declared;
}

Hyperparameter Real(std::string_view name, Interval range, std::string_view default_value, std::string_view note,
                    std::optional<Interval> tunable, std::string_view alias) {
  return {.name = name,
          .type = Hyperparameter::Type::kReal,
          .range = range,
          .default_value = default_value,
          .tunable = tunable,
          .alias = alias,
          .note = note};
}

Hyperparameter Choice(std::string_view name, std::vector<std::string_view> choices, std::string_view default_value,
                      std::string_view note) {
  return {.name = name,
          .type = Hyperparameter::Type::kChoice,
          .choices = std::move(choices),
          .default_value = default_value,
          .note = note};
}

Hyperparameter ChoiceList(std::string_view name, std::vector<std::string_view> choices, std::string_view default_value,
                          std::string_view note) {
  Hyperparameter declared = Choice(name, std::move(choices), default_value, note);
  declared.type = Hyperparameter::Type::kChoiceList;
  return declared;
}

Hyperparameter Checked(std::string_view name, Hyperparameter::Type type, std::string (*check)(std::string_view),
                       std::string_view default_value, std::string_view note) {
  return {.name = name, .type = type, .default_value = default_value, .note = note, .check = check};
}

bool Interval::Contains(double value) const {
  const bool above = least_open ? value > least : value >= least;
  const bool below = most_open ? value < most : value <= most;
  return above && below;
}

std::string Interval::ToString() const {
  return fmt::format("{}{}, {}{}", least_open || std::isinf(least) ? '(' : '[', Shown(least), Shown(most),
                     most_open || std::isinf(most) ? ')' : ']');
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const std::string_view item = Trim(text.substr(0, comma));
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

Hyperparameters Hyperparameters::Parse(std::span<const Hyperparameter> declared, const Json& given) {
  if (!given.is_object()) {
    throw Error(kClientError, "hyperparameters.json is not an object of names and values");
  }
  Hyperparameters result;
  for (const auto& [key, json] : given.get_object()) {
    const std::string_view name(key.data(), key.size());
    const Hyperparameter* item = FindDeclared(declared, name);
    if (item == nullptr) throw Error(kClientError, fmt::format("Extraneous hyperparameter found: {}", name));
    const std::string value = ValueText(name, json);
    CheckValue(*item, value);
    if (!result.given_.emplace(item->name, value).second) {
      Refuse(item->name, fmt::format("given twice, as {} and as {}: keep one", item->name, item->alias));
    }
  }
  for (const Hyperparameter& item : declared) {
    if (item.required && !result.IsGiven(item.name)) {
      throw Error(kClientError, fmt::format("Missing required hyperparameter: {}", item.name));
    }
    if (!item.default_value.empty()) result.defaults_.emplace(item.name, item.default_value);
  }
  return result;
}

std::string Hyperparameters::GetText(std::string_view name) const {
  if (const auto found = given_.find(name); found != given_.end()) return found->second;
  if (const auto found = defaults_.find(name); found != defaults_.end()) return found->second;
  return {};
}

std::int64_t Hyperparameters::GetInteger(std::string_view name) const {
  return ParseNumber<std::int64_t>(GetText(name)).value_or(0);
}

double Hyperparameters::GetReal(std::string_view name) const { return ParseNumber<double>(GetText(name)).value_or(0); }

std::vector<std::string> Hyperparameters::GetList(std::string_view name) const { return ItemsOf(GetText(name)); }

}  // namespace sagebrush::algorithms
