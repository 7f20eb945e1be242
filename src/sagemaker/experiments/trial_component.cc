#include <algorithm>
#include <cmath>

#include "base/arn.h"
#include "sagemaker/experiments/experiments.h"
#include "sagemaker/experiments/metrics.h"
#include "sagemaker/lineage/lineage.h"
#include "sagemaker/registry.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kParametersMax = 300;
constexpr std::size_t kArtifactsMax = 60;  // Of input, and of output.
constexpr std::size_t kParentsMax = 500;

// The trials that a component is part of, in the form in which Search tells them: [{TrialName, ExperimentName}].
JsonArray ParentsOf(const store::Resource& component) {
  const Json* parents = Find(component.spec, "Parents");
  return parents == nullptr ? JsonArray() : parents->as_array();
}

auto FindParent(JsonArray& parents, const store::Resource& trial) {
  const std::string name = NameOf(TrialNoun(), trial);
  return std::ranges::find_if(parents, [&](const Json& parent) { return GetString(parent, "TrialName") == name; });
}

void CheckParameters(const Json& input) {
  const Json* parameters = Find(input, "Parameters");
  if (parameters == nullptr) return;
  for (const auto& [name, value] : parameters->as_object()) {
    const Json* number = Find(value, "NumberValue");
    if ((number == nullptr) == (Find(value, "StringValue") == nullptr)) {
      throw Error(kValidation,
                  fmt::format("Parameter {} needs either a StringValue or a NumberValue.", std::string(name)));
    }
    if (number != nullptr && !std::isfinite(GetDouble(value, "NumberValue"))) {
      throw Error(kValidation, fmt::format("Parameter {}: NumberValue must be a finite number.", std::string(name)));
    }
  }
}

void Update(Edit& edit) {
  CheckParameters(edit.input());
  CheckEntries(edit.spec(), "Parameters", kParametersMax);
  CheckEntries(edit.spec(), "InputArtifacts", kArtifactsMax);
  CheckEntries(edit.spec(), "OutputArtifacts", kArtifactsMax);
}

bool Erase(Edit& edit) {
  if (!ParentsOf(edit.resource).empty()) {
    // github.com/aws/sagemaker-python-sdk/pull/1515
    throw Error(kValidation, fmt::format("TrialComponent '{}' is linked to 1 or more trials and cannot be deleted.",
                                         ArnOf(TrialComponentNoun(), edit.resource.key)));
  }
  // AWS asks for no more: github.com/aws/sagemaker-python-sdk, tests/integ/sagemaker/experiments/helpers.py, deletes
  // components that have associations.
  DropAssociations(edit);
  DeletePoints(edit.context, edit.resource, edit.also);
  return true;
}

store::Resource TrialOf(const Edit& edit) {
  return *Require(edit.context, TrialNoun(), KeyNamed(TrialNoun(), edit.call, GetString(edit.input(), "TrialName")));
}

void Associate(Edit& edit) {
  store::Resource trial = TrialOf(edit);
  if (JoinTrial(edit.resource, trial)) edit.also.Update(std::move(trial));
}

void Disassociate(Edit& edit) {
  store::Resource trial = TrialOf(edit);
  JsonArray parents = ParentsOf(edit.resource);
  const auto parent = FindParent(parents, trial);
  if (parent == parents.end()) {
    throw Error(kResourceNotFound,
                fmt::format("TrialComponent '{}' is not associated with trial '{}'.",
                            ArnOf(TrialComponentNoun(), edit.resource.key), ArnOf(TrialNoun(), trial.key)));
  }
  parents.erase(parent);
  edit.spec()["Parents"] = std::move(parents);
  CountChild(trial, -1);
  edit.also.Update(std::move(trial));
}

// Of a component that a job made, Search tells of the job too.
void LookUp(const Context& context, const store::Resource& component, JsonObject& description) {
  const std::string source = GetString(component.spec, "Source.SourceArn");
  const auto arn = Arn::Parse(source);
  const std::size_t slash = arn ? arn->resource.find('/') : std::string::npos;
  if (slash == std::string::npos) return;
  JsonObject detail{{"SourceArn", source}};
  const auto noun =
      std::ranges::find(Nouns(), arn->resource.substr(0, slash), [](const Noun* one) { return one->kind; });
  const auto job = noun == Nouns().end()
                       ? nullptr
                       : context.store.Get(KeyOf(**noun, arn->account, arn->region, arn->resource.substr(slash + 1)));
  if (job != nullptr) detail[(*noun)->name] = Describe(**noun, *job);
  description["SourceDetail"] = std::move(detail);
}

Noun MakeNoun() {
  using How = MemberUpdate::How;
  Noun noun("TrialComponent");
  noun.kind = "experiment-trial-component";
  noun.list_member = "TrialComponentSummaries";
  noun.list_descending = true;
  noun.search_resource = "ExperimentTrialComponent";
  noun.search_member = "TrialComponent";
  noun.missing = {kResourceNotFound, "TrialComponent '{arn}' does not exist."};
  noun.duplicate = {kValidation,
                    "TrialComponent names must be unique within an AWS account and region. TrialComponent with name "
                    "({name}) already exists."};
  noun.uses = {{"TrialName", TrialNoun}};
  noun.stored = {"DisplayName", "Status",         "StartTime",       "EndTime",
                 "Parameters",  "InputArtifacts", "OutputArtifacts", "MetadataProperties"};
  noun.update_operation = "UpdateTrialComponent";
  noun.updates = {{"DisplayName"},
                  {"Status"},
                  {"StartTime"},
                  {"EndTime"},
                  {"Parameters", How::kMerge},
                  {"ParametersToRemove", How::kRemoveKeys, "Parameters"},
                  {"InputArtifacts", How::kMerge},
                  {"InputArtifactsToRemove", How::kRemoveKeys, "InputArtifacts"},
                  {"OutputArtifacts", How::kMerge},
                  {"OutputArtifactsToRemove", How::kRemoveKeys, "OutputArtifacts"}};
  noun.words = {{"Parents.TrialName", "spec.Parents[].TrialName"},
                {"Parents.ExperimentName", "spec.Parents[].ExperimentName"},
                {"Source.SourceArn", "spec.Source.SourceArn"}};
  noun.filters = {
      {"TrialName", Filter::How::kEquals, "Parents.TrialName", TrialNoun},
      {"ExperimentName", Filter::How::kEquals, "Parents.ExperimentName", ExperimentNoun},
      {"SourceArn", Filter::How::kEquals, "Source.SourceArn"},
  };
  noun.prepare = [](Edit& edit) { CheckParameters(edit.input()); };
  noun.update = Update;
  noun.erase = Erase;
  noun.describe = [](const store::Resource& component, JsonObject& description) {
    DescribeDisplayName(TrialComponentNoun(), component, description);
    if (JsonArray metrics = SummariesOf(component); !metrics.empty()) description["Metrics"] = std::move(metrics);
  };
  noun.look_up = LookUp;
  noun.summarize = [](const store::Resource& component, JsonObject& summary) {
    if (const Json* source = Find(component.spec, "Source")) summary["TrialComponentSource"] = *source;
  };
  return noun;
}

}  // namespace

const Noun& TrialComponentNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

bool JoinTrial(store::Resource& component, store::Resource& trial) {
  JsonArray parents = ParentsOf(component);
  if (FindParent(parents, trial) != parents.end()) return false;
  if (parents.size() >= kParentsMax) {
    throw Error(kResourceLimitExceeded,
                fmt::format("A trial component is part of at most {} trials; disassociate it from one.", kParentsMax));
  }
  parents.push_back(
      {{"TrialName", NameOf(TrialNoun(), trial)}, {"ExperimentName", GetString(trial.spec, "ExperimentName")}});
  component.spec.as_object()["Parents"] = std::move(parents);
  CountChild(trial, 1);
  return true;
}

void AddTrialComponentOperations(wire::OperationTable& table, const Context& context) {
  const auto add = [&](const char* operation, void (*change)(Edit&)) {
    AddVerb(table, context, TrialComponentNoun(), operation, [&context, change](wire::Call& call) {
      Json answer = ChangeOne(context, TrialComponentNoun(), call, change);
      answer.as_object()["TrialArn"] = ArnOf(TrialNoun(), call, GetString(call.input, "TrialName"));
      return answer;
    });
  };
  add("AssociateTrialComponent", Associate);
  add("DisassociateTrialComponent", Disassociate);
  AddMetricOperations(table, context);
}

}  // namespace sagebrush::sagemaker
