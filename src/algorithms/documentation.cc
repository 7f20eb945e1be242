#include "algorithms/documentation.h"

#include "algorithms/registry.h"

#include <fmt/format.h>

#include <cmath>

namespace sagebrush::algorithms {
namespace {

using Type = Hyperparameter::Type;

std::string AllowedText(const Hyperparameter& item) {
  if (item.automatic) {
    Hyperparameter chosen = item;
    chosen.automatic = false;
    return AllowedText(chosen) + ", or auto";
  }
  switch (item.type) {
    case Type::kInteger:
      return "integer in " + item.range.ToString();
    case Type::kReal:
      return "number in " + item.range.ToString();
    case Type::kChoice:
      return fmt::format("{}", fmt::join(item.choices, ", "));
    case Type::kChoiceList:
      return item.choices.empty() ? "list" : fmt::format("list of {}", fmt::join(item.choices, ", "));
    case Type::kText:
      return "text";
  }
  return "";
}

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kInteger:
      return "Integer";
    case Type::kReal:
      return "Continuous";
    case Type::kChoice:
      return "Categorical";
    default:
      return "FreeText";
  }
}

std::string Bound(double value, double fallback) { return fmt::format("{}", std::isinf(value) ? fallback : value); }

Json RangeOf(const Hyperparameter& item) {
  if (item.type == Type::kChoice) {
    JsonArray values;
    for (const std::string_view choice : item.choices) values.push_back(Json(std::string(choice)));
    return JsonObject{{"CategoricalParameterRangeSpecification", JsonObject{{"Values", values}}}};
  }
  const bool integer = item.type == Type::kInteger;
  const double limit = integer ? 2147483647.0 : std::numeric_limits<double>::max();
  return JsonObject{
      {integer ? "IntegerParameterRangeSpecification" : "ContinuousParameterRangeSpecification",
       JsonObject{{"MinValue", Bound(item.range.least, -limit)}, {"MaxValue", Bound(item.range.most, limit)}}}};
}

}  // namespace

std::string DescribeAsMarkdown(const Algorithm& algorithm) {
  std::string text =
      fmt::format("# Hyperparameters of {}\n\n| name | value | default | what it does |\n|---|---|---|---|\n",
                  algorithm.declaration().name);
  for (const Hyperparameter& item : algorithm.declaration().hyperparameters) {
    text += fmt::format("| {}{}{} | {} | {} | {}{} |\n", item.name, item.alias.empty() ? "" : ", ", item.alias,
                        AllowedText(item), item.required ? "required" : item.default_value, item.note,
                        item.tunable ? " Tunable, advised range " + item.tunable->ToString() + "." : "");
  }
  return text;
}

Json DescribeAsJson(const Algorithm& algorithm) {
  JsonArray list;
  for (const Hyperparameter& item : algorithm.declaration().hyperparameters) {
    JsonObject object{{"Name", std::string(item.name)},
                      {"Description", std::string(item.note)},
                      {"Type", std::string(TypeName(item.type))},
                      {"IsTunable", item.tunable.has_value()},
                      {"IsRequired", item.required}};
    if (TypeName(item.type) != "FreeText") object["Range"] = RangeOf(item);
    if (!item.default_value.empty()) object["DefaultValue"] = std::string(item.default_value);
    list.push_back(std::move(object));
  }
  return JsonObject{{"Name", std::string(algorithm.declaration().name)}, {"SupportedHyperParameters", std::move(list)}};
}

Json Catalogue() {
  JsonArray catalogue;
  for (const auto& algorithm : AllAlgorithms()) {
    JsonArray images, metrics;
    for (const ImageFamily& family : algorithm->declaration().images) {
      JsonArray tags;
      for (const std::string_view tag : family.tags) tags.emplace_back(std::string(tag));
      images.push_back(JsonObject{{"Repository", std::string(family.repository)}, {"Tags", std::move(tags)}});
    }
    for (const MetricDefinition& metric : algorithm->declaration().metrics) {
      metrics.push_back(JsonObject{{"Name", metric.name}, {"Regex", metric.regex}});
    }
    catalogue.push_back(JsonObject{{"Name", std::string(algorithm->declaration().name)},
                                   {"Images", std::move(images)},
                                   {"MetricDefinitions", std::move(metrics)}});
  }
  return catalogue;
}

}  // namespace sagebrush::algorithms
