#include "sagemaker/governance/model_card_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

namespace sagebrush::sagemaker {
namespace {

// What a place of the document may hold. `max`: characters of a text, entries of a list; 0: any number.
struct Place {
  enum class Holds { kObject, kList, kText, kNumber, kAnything };
  std::string_view path;  // Members by ".", entries of a list "[]", members of any name ".*".
  Holds holds;
  std::size_t max = 0;
  bool required = false;     // Of each object that may have it.
  std::string_view words{};  // That a text may be, by "|"; empty: any.
};

using enum Place::Holds;

constexpr std::string_view kMetricTypes = "number|string|boolean|linear_graph|bar_chart|matrix";

constexpr Place kPlaces[] = {
    {"", kObject},
    {".model_overview", kObject},
    {".model_overview.model_id", kText, 1024},
    {".model_overview.model_name", kText, 1024},
    {".model_overview.model_description", kText, 1024},
    {".model_overview.model_version", kNumber},
    {".model_overview.problem_type", kText},
    {".model_overview.algorithm_type", kText, 1024},
    {".model_overview.model_creator", kText, 1024},
    {".model_overview.model_owner", kText, 1024},
    {".model_overview.model_artifact", kList, 15},
    {".model_overview.model_artifact[]", kText, 1024},
    {".model_overview.inference_environment", kObject},
    {".model_overview.inference_environment.container_image", kList, 15},
    {".model_overview.inference_environment.container_image[]", kText, 1024},
    {".model_package_details", kObject},
    {".model_package_details.model_package_description", kText, 1024},
    {".model_package_details.model_package_arn", kText},
    {".model_package_details.created_by", kObject},
    {".model_package_details.created_by.user_profile_name", kText},
    {".model_package_details.model_package_status", kText},
    {".model_package_details.model_approval_status", kText},
    {".model_package_details.approval_description", kText, 1024},
    {".model_package_details.model_package_group_name", kText},
    {".model_package_details.model_package_name", kText},
    {".model_package_details.model_package_version", kNumber},
    {".model_package_details.domain", kText},
    {".model_package_details.task", kText},
    {".model_package_details.source_algorithms", kAnything},
    {".model_package_details.inference_specification", kAnything},
    {".intended_uses", kObject},
    {".intended_uses.purpose_of_model", kText, 2048},
    {".intended_uses.intended_uses", kText, 2048},
    {".intended_uses.factors_affecting_model_efficiency", kText, 2048},
    {".intended_uses.risk_rating", kText, 0, false, "High|Medium|Low|Unknown"},
    {".intended_uses.explanations_for_risk_rating", kText, 2048},
    {".business_details", kObject},
    {".business_details.business_problem", kText, 2048},
    {".business_details.business_stakeholders", kText, 2048},
    {".business_details.line_of_business", kText, 2048},
    {".training_details", kObject},
    {".training_details.objective_function", kAnything},
    {".training_details.training_observations", kText, 1024},
    {".training_details.training_job_details", kObject},
    {".training_details.training_job_details.training_arn", kText, 1024},
    {".training_details.training_job_details.training_datasets", kList, 15},
    {".training_details.training_job_details.training_datasets[]", kText, 1024},
    {".training_details.training_job_details.training_environment", kObject},
    {".training_details.training_job_details.training_environment.container_image", kList, 15},
    {".training_details.training_job_details.training_environment.container_image[]", kText, 1024},
    {".training_details.training_job_details.training_metrics", kList},
    {".training_details.training_job_details.training_metrics[]", kObject},
    {".training_details.training_job_details.training_metrics[].name", kText, 0, true},
    {".training_details.training_job_details.training_metrics[].notes", kText, 1024},
    {".training_details.training_job_details.training_metrics[].value", kNumber, 0, true},
    {".training_details.training_job_details.user_provided_training_metrics", kList},
    {".training_details.training_job_details.user_provided_training_metrics[]", kObject},
    {".training_details.training_job_details.user_provided_training_metrics[].name", kText, 0, true},
    {".training_details.training_job_details.user_provided_training_metrics[].notes", kText, 1024},
    {".training_details.training_job_details.user_provided_training_metrics[].value", kNumber, 0, true},
    {".training_details.training_job_details.hyper_parameters", kList},
    {".training_details.training_job_details.hyper_parameters[]", kObject},
    {".training_details.training_job_details.hyper_parameters[].name", kText, 0, true},
    {".training_details.training_job_details.hyper_parameters[].value", kText, 0, true},
    {".training_details.training_job_details.user_provided_hyper_parameters", kList},
    {".training_details.training_job_details.user_provided_hyper_parameters[]", kObject},
    {".training_details.training_job_details.user_provided_hyper_parameters[].name", kText, 0, true},
    {".training_details.training_job_details.user_provided_hyper_parameters[].value", kText, 0, true},
    {".evaluation_details", kList},
    {".evaluation_details[]", kObject},
    {".evaluation_details[].name", kText, 0, true},
    {".evaluation_details[].evaluation_observation", kText, 2096},
    {".evaluation_details[].evaluation_job_arn", kText, 256},
    {".evaluation_details[].datasets", kList, 10},
    {".evaluation_details[].datasets[]", kText, 1024},
    {".evaluation_details[].metadata", kObject},
    {".evaluation_details[].metadata.*", kText, 1024},
    {".evaluation_details[].metric_groups", kList},
    {".evaluation_details[].metric_groups[]", kObject},
    {".evaluation_details[].metric_groups[].name", kText, 0, true},
    {".evaluation_details[].metric_groups[].metric_data", kList, 0, true},
    {".evaluation_details[].metric_groups[].metric_data[]", kObject},
    {".evaluation_details[].metric_groups[].metric_data[].name", kText, 0, true},
    {".evaluation_details[].metric_groups[].metric_data[].notes", kText, 1024},
    {".evaluation_details[].metric_groups[].metric_data[].type", kText, 0, true, kMetricTypes},
    {".evaluation_details[].metric_groups[].metric_data[].value", kAnything, 0, true},
    {".evaluation_details[].metric_groups[].metric_data[].x_axis_name", kAnything},
    {".evaluation_details[].metric_groups[].metric_data[].y_axis_name", kAnything},
    {".additional_information", kObject},
    {".additional_information.ethical_considerations", kText, 2048},
    {".additional_information.caveats_and_recommendations", kText, 2048},
    {".additional_information.custom_details", kObject},
    {".additional_information.custom_details.*", kText, 1024},
};

[[noreturn]] void Refuse(std::string_view path, const std::string& why) {
  throw Error(kValidation, fmt::format("Content does not follow the model card JSON schema: {} {}.",
                                       path.empty() ? "it" : path.substr(1), why));
}

const Place* PlaceAt(std::string_view path) {
  const auto* const found = std::ranges::find(kPlaces, path, &Place::path);
  return found == std::end(kPlaces) ? nullptr : found;
}

bool IsOneOf(std::string_view words, std::string_view text) {
  while (!words.empty()) {
    const std::size_t bar = std::min(words.find('|'), words.size());
    if (words.substr(0, bar) == text) return true;
    words.remove_prefix(std::min(bar + 1, words.size()));
  }
  return false;
}

void CheckText(const Place& place, const Json& value) {
  const auto* const text = value.if_string();
  if (text == nullptr) Refuse(place.path, "must be a text");
  if (place.max > 0 && FirstCharacters(*text, place.max).size() < text->size()) {
    Refuse(place.path, fmt::format("must have at most {} characters", place.max));
  }
  if (!place.words.empty() && !IsOneOf(place.words, *text)) Refuse(place.path, fmt::format("must be {}", place.words));
}

void Check(const Place& place, const Json& value);

void CheckObject(const Place& place, const Json& value) {
  const JsonObject* const object = value.if_object();
  if (object == nullptr) Refuse(place.path, "must be an object");
  const Place* const any = PlaceAt(std::string(place.path) + ".*");
  for (const auto& [name, member] : *object) {
    // A name is a step of a path: one that looks like several is none that is known.
    const bool is_step = name.find_first_of(".[*") == std::string_view::npos;
    const Place* const known = any != nullptr ? any
                               : is_step      ? PlaceAt(fmt::format("{}.{}", place.path, std::string_view(name)))
                                              : nullptr;
    if (known == nullptr) Refuse(place.path, fmt::format("has no member {}", std::string_view(name)));
    Check(*known, member);
  }
  for (const Place& needed : kPlaces) {
    const std::size_t dot = needed.path.rfind('.');
    if (!needed.required || needed.path.substr(0, dot) != place.path) continue;
    if (!object->contains(needed.path.substr(dot + 1))) Refuse(needed.path, "is required");
  }
}

void CheckList(const Place& place, const Json& value) {
  const JsonArray* const list = value.if_array();
  if (list == nullptr) Refuse(place.path, "must be a list");
  if (place.max > 0 && list->size() > place.max)
    Refuse(place.path, fmt::format("must have at most {} entries", place.max));
  const Place& entry = *PlaceAt(std::string(place.path) + "[]");
  for (const Json& one : *list) Check(entry, one);
}

void Check(const Place& place, const Json& value) {
  if (place.holds == kObject) CheckObject(place, value);
  if (place.holds == kList) CheckList(place, value);
  if (place.holds == kText) CheckText(place, value);
  if (place.holds == kNumber && !value.is_number()) Refuse(place.path, "must be a number");
}

Json Parse(const std::string& content) {
  try {
    return ParseJson(content);
  } catch (const Error& error) {
    throw Error(kValidation, std::string("Content is not JSON. ") + error.what());
  }
}

}  // namespace

Json ReadModelCardContent(const std::string& content) {
  Json document = Parse(content);
  Check(kPlaces[0], document);
  return document;
}

Json MetadataOfModelCard(const Json& content) {
  constexpr std::pair<const char*, const char*> kTold[] = {
      {"model_overview", "model_id"},
      {"model_overview", "model_name"},
      {"intended_uses", "risk_rating"},
      {"model_package_details", "model_package_group_name"},
      {"model_package_details", "model_package_arn"},
  };
  JsonObject told;
  for (const auto& [part, member] : kTold) {
    const Json* value = Find(content, fmt::format("{}.{}", part, member));
    if (value == nullptr) continue;
    if (!told.contains(part)) told[part] = JsonObject();
    told[part].as_object()[member] = *value;
  }
  return told;
}

}  // namespace sagebrush::sagemaker
