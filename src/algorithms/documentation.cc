#include "algorithms/documentation.h"

#include "algorithms/data/content_type.h"
#include "algorithms/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

JsonArray ContentTypesOf(const ChannelDeclaration& channel) {
  JsonArray types;
  for (const DataFormat format : channel.formats) types.push_back(Json(std::string(ContentTypeOf(format))));
  return types;
}

std::string ChannelsText(const Declaration& declaration) {
  std::string text = "\n| channel | content types | |\n|---|---|---|\n";
  for (const ChannelDeclaration& channel : declaration.channels) {
    std::vector<std::string_view> types;
    for (const DataFormat format : channel.formats) types.push_back(ContentTypeOf(format));
    text += fmt::format("| {} | {} | {} |\n", channel.name, fmt::join(types, ", "), channel.required ? "required" : "");
  }
  std::vector<std::string> sample;
  for (const auto& [name, value] : declaration.sample) sample.push_back(fmt::format("{}={}", name, value));
  return text + fmt::format("\nA small job, for three features: {}.\n", fmt::join(sample, ", "));
}

JsonArray MetricsJson(const Declaration& declaration) {
  JsonArray metrics;
  for (const MetricDefinition& metric : declaration.metrics) {
    metrics.push_back(JsonObject{{"Name", metric.name}, {"Regex", metric.regex}});
  }
  return metrics;
}

JsonArray InputModesJson(const Declaration& declaration) {
  JsonArray modes{"File", "FastFile"};
  if (declaration.reads_pipes) modes.emplace_back("Pipe");
  return modes;
}

JsonArray ChannelsJson(const Declaration& declaration) {
  JsonArray channels;
  for (const ChannelDeclaration& channel : declaration.channels) {
    channels.push_back(JsonObject{{"Name", std::string(channel.name)},
                                  {"IsRequired", channel.required},
                                  {"SupportedContentTypes", ContentTypesOf(channel)},
                                  {"SupportedInputModes", InputModesJson(declaration)}});
  }
  return channels;
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
  return text + ChannelsText(algorithm.declaration());
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
  return JsonObject{{"Name", std::string(algorithm.declaration().name)},
                    {"SupportedHyperParameters", std::move(list)},
                    {"TrainingChannels", ChannelsJson(algorithm.declaration())},
                    {"MetricDefinitions", MetricsJson(algorithm.declaration())},
                    {"SupportsDistributedTraining", algorithm.declaration().hosts_max > 1}};
}

Json Catalogue() {
  JsonArray catalogue;
  for (const auto& algorithm : AllAlgorithms()) {
    JsonArray images;
    for (const ImageFamily& family : algorithm->declaration().images) {
      JsonArray tags;
      for (const std::string_view tag : family.tags) tags.emplace_back(std::string(tag));
      images.push_back(JsonObject{{"Repository", std::string(family.repository)}, {"Tags", std::move(tags)}});
    }
    catalogue.push_back(JsonObject{{"Name", std::string(algorithm->declaration().name)},
                                   {"Images", std::move(images)},
                                   {"InputModes", InputModesJson(algorithm->declaration())},
                                   {"MetricDefinitions", MetricsJson(algorithm->declaration())}});
  }
  return catalogue;
}

}  // namespace sagebrush::algorithms
