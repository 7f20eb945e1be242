#include "sagemaker/experiments/tracking.h"

#include <algorithm>

#include "sagemaker/experiments/experiments.h"
#include "sagemaker/experiments/metrics.h"
#include "sagemaker/failure_text.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kSourcesMax = 500;  // Jobs of one run.

store::Key ComponentKey(const JobForm& form, const store::Resource& job) {
  const std::string name = job.key.name + std::string(form.tracking->suffix);
  return KeyOf(TrialComponentNoun(), job.key.account, job.key.region, name);
}

JsonObject SourceOf(const JobForm& form, const store::Resource& job) {
  return {{"SourceArn", ArnOf(form.noun, job.key)}, {"SourceType", form.tracking->source_type}};
}

bool IsOfJob(const store::Resource& component, const JobForm& form, const store::Resource& job) {
  return GetString(component.spec, "Source.SourceArn") == ArnOf(form.noun, job.key);
}

JsonObject& MapIn(JsonObject& object, const char* member) {
  Json& map = object[member];
  return map.is_object() ? map.get_object() : map.emplace_object();
}

// What every job has, in AWS's names.
void ShowInstances(const JobForm& form, const store::Resource& job, JsonObject& parameters) {
  parameters["SageMaker.ImageUri"] = {{"StringValue", GetString(job.spec, form.tracking->image)}};
  const Json* resources = Find(job.spec, form.resources);
  if (resources == nullptr) return;
  parameters["SageMaker.InstanceType"] = {{"StringValue", GetString(*resources, "InstanceType")}};
  for (const char* number : {"InstanceCount", "VolumeSizeInGB"}) {
    if (Find(*resources, number) == nullptr) continue;
    parameters[std::string("SageMaker.") + number] = {{"NumberValue", GetInt(*resources, number)}};
  }
}

// What the client has set in the component besides stays.
void Merge(const JsonObject& shown, const char* member, JsonObject& spec) {
  const Json* given = shown.if_contains(member);
  if (given == nullptr || given->as_object().empty()) return;
  JsonObject& map = MapIn(spec, member);
  for (const auto& entry : given->as_object()) map[entry.key()] = entry.value();
}

// What becomes of the job while it runs.
void ShowCourse(const JobForm& form, const store::Resource& job, store::Resource& component) {
  JsonObject& spec = component.spec.as_object();
  Merge(form.tracking->shown(job), "OutputArtifacts", spec);
  JsonObject status{{"PrimaryStatus", job.state}};
  const std::string reason = GetString(job.status, "FailureReason");
  if (!reason.empty()) status["Message"] = FailureReasonText(reason);
  spec["Status"] = std::move(status);
  for (const auto& [time, member] :
       {std::pair{"StartTime", form.start_member}, std::pair{"EndTime", form.end_member}}) {
    if (const Json* moment = Find(job.status, member)) spec[time] = *moment;
  }
  const Json* summaries = Find(job.status, "MetricSummaries");
  if (summaries != nullptr) ReplaceSummaries(component, ArnOf(form.noun, job.key), summaries->as_array());
}

// A job that was made under the name of one that is gone takes over its component.
store::Resource ComponentFor(Edit& edit, const JobForm& form) {
  const store::Key key = ComponentKey(form, edit.resource);
  const std::string name = NameOf(form.noun, edit.resource) + std::string(form.tracking->suffix);
  store::Resource component;
  if (const auto stored = edit.context.store.Get(key)) {
    if (!IsOfJob(*stored, form, edit.resource)) {
      throw ErrorFor(TrialComponentNoun().duplicate, TrialComponentNoun(), key, name);
    }
    component = *stored;
    for (const char* member : {"StartTime", "EndTime", "Parameters", "InputArtifacts", "OutputArtifacts", "RunName"}) {
      component.spec.as_object().erase(member);
    }
    ReplaceSummaries(component, ArnOf(form.noun, edit.resource.key), {});
  } else {
    component.key = key;
    component.created = edit.resource.created;
    component.spec = {{"TrialComponentName", name}, {"CreatedBy", CallerOf(edit.call)}};
    component.status = JsonObject();
  }
  component.modified = edit.resource.created;
  JsonObject& spec = component.spec.as_object();
  spec["Source"] = SourceOf(form, edit.resource);
  spec["Sources"] = JsonArray{SourceOf(form, edit.resource)};
  return component;
}

// "If not specified, a new trial is created": ExperimentConfig in the API reference.
store::Resource NewTrial(Edit& edit, const JobForm& form, const std::string& experiment_name) {
  store::Resource experiment =
      *Require(edit.context, ExperimentNoun(), KeyNamed(ExperimentNoun(), edit.call, experiment_name));
  const std::string name = NameOf(form.noun, edit.resource) + "-aws-trial";
  const store::Key key = KeyOf(TrialNoun(), edit.resource.key.account, edit.resource.key.region, name);
  if (const auto stored = edit.context.store.Get(key)) {
    if (GetString(stored->spec, "ExperimentName") == NameOf(ExperimentNoun(), experiment)) return *stored;
    throw ErrorFor(TrialNoun().duplicate, TrialNoun(), key, name);
  }
  store::Resource trial;
  trial.key = key;
  trial.created = trial.modified = edit.resource.created;
  trial.spec = {{"TrialName", name},
                {"ExperimentName", NameOf(ExperimentNoun(), experiment)},
                {"CreatedBy", CallerOf(edit.call)},
                {"Source", SourceOf(form, edit.resource)}};
  trial.status = JsonObject();
  CountChild(experiment, 1);
  edit.also.Update(std::move(experiment));
  return trial;
}

std::optional<store::Resource> TrialFor(Edit& edit, const JobForm& form, const Json& config) {
  const std::string trial_name = GetString(config, "TrialName");
  const std::string experiment_name = GetString(config, "ExperimentName");
  if (trial_name.empty()) {
    return experiment_name.empty() ? std::nullopt : std::optional(NewTrial(edit, form, experiment_name));
  }
  store::Resource trial = *Require(edit.context, TrialNoun(), KeyNamed(TrialNoun(), edit.call, trial_name));
  if (experiment_name.empty()) return trial;
  const auto experiment =
      Require(edit.context, ExperimentNoun(), KeyNamed(ExperimentNoun(), edit.call, experiment_name));
  const std::string own = GetString(trial.spec, "ExperimentName");
  if (own == NameOf(ExperimentNoun(), *experiment)) return trial;
  throw Error(kValidation,
              fmt::format("Trial {} is part of experiment {}, not of {}.", trial_name, own, experiment_name));
}

// The SDK names a run by its trial component, which it calls <experiment>-<run>; its first versions gave the run alone.
store::Resource RunNamed(const Edit& edit, const Json& config) {
  const std::string name = GetString(config, "RunName");
  const Noun& noun = TrialComponentNoun();
  for (const std::string& component : {name, GetString(config, "ExperimentName") + "-" + name}) {
    if (const auto run = edit.context.store.Get(KeyNamed(noun, edit.call, component))) return *run;
  }
  throw MissingError(noun, KeyNamed(noun, edit.call, name));
}

// The run's component tells of every job that is part of it.
void JoinRun(Edit& edit, const JobForm& form, const Json& config, store::Resource& component) {
  if (GetString(config, "RunName").empty()) return;
  store::Resource run = RunNamed(edit, config);
  if (run.key == component.key) return;
  component.spec.as_object()["RunName"] = NameOf(TrialComponentNoun(), run);
  Json& sources = run.spec.as_object()["Sources"];
  if (!sources.is_array()) sources.emplace_array();
  const Json source = SourceOf(form, edit.resource);
  if (std::ranges::find(sources.get_array(), source) != sources.get_array().end()) return;
  if (sources.get_array().size() >= kSourcesMax) {
    throw Error(kResourceLimitExceeded, fmt::format("A run has at most {} jobs; begin another.", kSourcesMax));
  }
  sources.get_array().push_back(source);
  edit.also.Update(std::move(run));
}

}  // namespace

void TrackJob(Edit& edit, const JobForm& form) {
  const Json* config = Find(edit.input(), "ExperimentConfig");
  if (config == nullptr) return;
  store::Resource component = ComponentFor(edit, form);
  const std::string display_name = GetString(*config, "TrialComponentDisplayName");
  JsonObject& spec = component.spec.as_object();
  if (!display_name.empty()) spec["DisplayName"] = display_name;
  ShowInstances(form, edit.resource, MapIn(spec, "Parameters"));
  const JsonObject shown = form.tracking->shown(edit.resource);
  for (const char* member : {"Parameters", "InputArtifacts"}) Merge(shown, member, spec);
  ShowCourse(form, edit.resource, component);
  JoinRun(edit, form, *config, component);
  if (auto trial = TrialFor(edit, form, *config)) {
    JoinTrial(component, *trial);
    trial->version == 0 ? edit.also.Insert(std::move(*trial)) : edit.also.Update(std::move(*trial));
  }
  component.version == 0 ? edit.also.Insert(std::move(component)) : edit.also.Update(std::move(component));
}

void FollowJob(const Context& context, const JobForm& form, const store::Resource& job, Alongside& also) {
  if (form.tracking == nullptr || Find(job.spec, "ExperimentConfig") == nullptr) return;
  const auto stored = context.store.Get(ComponentKey(form, job));
  if (stored == nullptr || !IsOfJob(*stored, form, job)) return;
  store::Resource component = *stored;
  ShowCourse(form, job, component);
  if (component.spec == stored->spec && component.status == stored->status) return;
  component.modified = context.clock.Now();
  also.Update(std::move(component));
}

}  // namespace sagebrush::sagemaker
