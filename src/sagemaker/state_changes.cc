#include "sagemaker/state_changes.h"

#include <algorithm>
#include <map>
#include <vector>

#include "sagemaker/governance/governance.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/images/images.h"
#include "sagemaker/model_registry/model_registry.h"
#include "sagemaker/processing/processing.h"
#include "sagemaker/tags.h"
#include "sagemaker/training/training.h"
#include "sagemaker/transform/transform.h"
#include "sagemaker/verbs.h"
#include "wire/json_protocol.h"
#include "wire/model.h"

namespace sagebrush::sagemaker {
namespace {

enum class Times { kMilliseconds, kIso8601 };

// How a noun's changes become events. The detail is what Describe answers, with times and tags in another form.
struct StateChange {
  NounOf noun;
  const char* detail_type;
  // Members of the description: there is an event when it is new, or one of these has become another. None: when it is
  // new or deleted.
  std::vector<std::string> watched;
  Times times = Times::kMilliseconds;
  void (*adjust)(JsonObject& detail) = nullptr;  // What AWS shows otherwise than Describe.
};

// "InService" as IN_SERVICE.
void ShoutStatus(JsonObject& detail) {
  std::string shouted;
  for (const char c : GetString(detail, "EndpointStatus")) {
    const bool is_lower = c >= 'a' && c <= 'z';
    if (!is_lower && !shouted.empty()) shouted += '_';
    shouted += static_cast<char>(is_lower ? c - 'a' + 'A' : c);
  }
  detail["EndpointStatus"] = shouted;
}

// The content of a card is for those who may describe it.
void LeaveContentOut(JsonObject& detail) { detail.erase("Content"); }

// Names and forms: docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
const std::vector<StateChange>& StateChanges() {
  static const std::vector<StateChange> rows{
      {TrainingJobNoun, "SageMaker Training Job State Change", {"TrainingJobStatus", "SecondaryStatus"}},
      {ProcessingJobNoun, "SageMaker Processing Job State Change", {"ProcessingJobStatus"}},
      {TransformJobNoun, "SageMaker Transform Job State Change", {"TransformJobStatus"}},
      {ModelNoun, "SageMaker Model State Change", {}},
      {EndpointConfigNoun, "SageMaker Endpoint Config State Change", {}},
      {EndpointNoun, "SageMaker Endpoint State Change", {"EndpointStatus"}, Times::kMilliseconds, ShoutStatus},
      {ModelPackageNoun,
       "SageMaker Model Package State Change",
       {"ModelPackageStatus", "ModelApprovalStatus"},
       Times::kIso8601},
      {ImageNoun, "SageMaker Image State Change", {"ImageStatus"}},
      {ImageVersionNoun, "SageMaker Image Version State Change", {"ImageVersionStatus"}},
      {ModelCardNoun, "SageMaker Model Card State Change", {"ModelCardStatus"}, Times::kMilliseconds, LeaveContentOut},
  };
  return rows;
}

const StateChange* Of(const std::string& kind) {
  static const std::map<std::string, const StateChange*, std::less<>> by_kind = [] {
    std::map<std::string, const StateChange*, std::less<>> all;
    for (const StateChange& row : StateChanges()) all.emplace(row.noun().kind, &row);
    return all;
  }();
  const auto found = by_kind.find(kind);
  return found == by_kind.end() ? nullptr : found->second;
}

// Every timestamp in a document of that shape, which are numbers of seconds.
void WriteTimes(const wire::Shape& shape, Times form, Json& value) {
  if (value.is_null()) return;
  switch (shape.type()) {
    case wire::ShapeType::kStructure:
      for (auto& [name, member] : value.as_object()) WriteTimes(shape.FindMember(name).shape(), form, member);
      return;
    case wire::ShapeType::kList:
      for (Json& element : value.as_array()) WriteTimes(shape.element().shape(), form, element);
      return;
    case wire::ShapeType::kMap:
      for (auto& entry : value.as_object()) WriteTimes(shape.value().shape(), form, entry.value());
      return;
    case wire::ShapeType::kTimestamp: {
      const Time time = Time::FromEpochSeconds(value.to_number<double>());
      value = form == Times::kIso8601 ? Json(ToIso8601(time)) : Json(time.milliseconds);
      return;
    }
    default:
      return;
  }
}

JsonObject DetailOf(const StateChange& row, const store::Resource& resource) {
  const Noun& noun = row.noun();
  static const wire::Service& service = *wire::FindService("sagemaker");
  const wire::Shape shape = service.FindOperation(noun.describe_operation)->output();
  Json description = Describe(noun, resource);
  wire::ConformDocument(shape, description);  // The spec holds more than clients are shown.
  WriteTimes(shape, row.times, description);
  JsonObject& detail = description.as_object();
  JsonObject tags;
  for (const Json& tag : TagsOf(resource)) tags[GetString(tag, "Key")] = GetString(tag, "Value");
  detail["Tags"] = std::move(tags);
  if (row.adjust != nullptr) row.adjust(detail);
  return detail;
}

bool IsEvent(const StateChange& row, const store::Change& change) {
  if (change.before == nullptr) return true;
  if (change.after == nullptr) return row.watched.empty();
  const JsonObject before = Describe(row.noun(), *change.before), after = Describe(row.noun(), *change.after);
  return std::ranges::any_of(
      row.watched, [&](const std::string& member) { return GetString(before, member) != GetString(after, member); });
}

}  // namespace

std::optional<events::Event> StateChangeOf(const store::Change& change) {
  const store::Key& key = change.key();
  const StateChange* const row = Of(key.kind);
  if (row == nullptr || !IsEvent(*row, change)) return std::nullopt;
  return events::Event{.account = key.account,
                       .region = key.region,
                       .source = "aws.sagemaker",
                       .detail_type = row->detail_type,
                       .resources = {ArnOf(row->noun(), key)},
                       .detail = DetailOf(*row, change.after != nullptr ? *change.after : *change.before)};
}

}  // namespace sagebrush::sagemaker
