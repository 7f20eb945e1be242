#include "sagemaker/registry.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/directory.h"
#include "base/log.h"
#include "reconcile/chores.h"
#include "runtime/runtime.h"
#include "sagemaker/experiments/experiments.h"
#include "sagemaker/governance/governance.h"
#include "sagemaker/hosting/hosting.h"
#include "sagemaker/images/images.h"
#include "sagemaker/jobs/job_step.h"
#include "sagemaker/lineage/lineage.h"
#include "sagemaker/list.h"
#include "sagemaker/model_registry/model_registry.h"
#include "sagemaker/notebooks/notebooks.h"
#include "sagemaker/noun_survey.h"
#include "sagemaker/processing/processing.h"
#include "sagemaker/search/search.h"
#include "sagemaker/tags.h"
#include "sagemaker/training/training.h"
#include "sagemaker/transform/transform.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {

// Nouns that no other file names.
const Noun& CodeRepositoryNoun();

namespace {

struct Entry {
  const Noun* noun;
  void (*add_operations)(wire::OperationTable&, const Context&);              // Beyond the four verbs; may be null.
  std::unique_ptr<reconcile::Controller> (*make_controller)(const Context&);  // May be null.
  const char* directory;  // Below the data directory: what the server keeps for a resource, by its uid; may be null.
  bool (*has_ended)(const store::Resource&);  // What is kept there is of use no more; null: it is until it is deleted.
};

const std::vector<Entry>& Entries() {
  static const std::vector<Entry> entries{
      {&TrainingJobNoun(), nullptr, MakeTrainingJobController, "jobs", HasEnded},
      {&ProcessingJobNoun(), nullptr, MakeProcessingJobController, "jobs", HasEnded},
      {&TransformJobNoun(), nullptr, MakeTransformJobController, "jobs", HasEnded},
      {&ModelNoun(), nullptr, nullptr, nullptr, nullptr},
      {&EndpointConfigNoun(), nullptr, nullptr, nullptr, nullptr},
      {&EndpointNoun(), AddEndpointOperations, MakeEndpointController, "endpoints", nullptr},
      {&ExperimentNoun(), nullptr, nullptr, nullptr, nullptr},
      {&TrialNoun(), nullptr, nullptr, nullptr, nullptr},
      {&TrialComponentNoun(), AddTrialComponentOperations, nullptr, nullptr, nullptr},
      {&ContextNoun(), nullptr, nullptr, nullptr, nullptr},
      {&ActionNoun(), nullptr, nullptr, nullptr, nullptr},
      {&ArtifactNoun(), nullptr, nullptr, nullptr, nullptr},
      {&AssociationNoun(), AddQueryLineage, nullptr, nullptr, nullptr},
      {&ModelPackageGroupNoun(), nullptr, nullptr, nullptr, nullptr},
      {&ModelPackageNoun(), AddModelPackageOperations, nullptr, nullptr, nullptr},
      {&CodeRepositoryNoun(), nullptr, nullptr, nullptr, nullptr},
      {&NotebookInstanceLifecycleConfigNoun(), nullptr, nullptr, nullptr, nullptr},
      {&StudioLifecycleConfigNoun(), nullptr, nullptr, nullptr, nullptr},
      {&ModelCardNoun(), nullptr, nullptr, nullptr, nullptr},
      {&ModelCardVersionNoun(), nullptr, nullptr, nullptr, nullptr},
      {&ImageNoun(), nullptr, nullptr, nullptr, nullptr},
      {&ImageVersionNoun(), AddImageVersionOperations, nullptr, nullptr, nullptr},
  };
  return entries;
}

}  // namespace

const std::vector<const Noun*>& Nouns() {
  static const std::vector<const Noun*> nouns = [] {
    std::vector<const Noun*> all;
    for (const Entry& entry : Entries()) all.push_back(entry.noun);
    return all;
  }();
  return nouns;
}

const std::vector<std::string>& EmptyNouns() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const NounSurvey& survey : SurveyNouns()) {
      const bool built = std::ranges::find(Nouns(), survey.name, &Noun::name) != Nouns().end();
      if (!built && ListOfAll(survey.name) != nullptr) all.push_back(survey.name);
    }
    return all;
  }();
  return names;
}

void AddSageMakerOperations(wire::OperationTable& table, const Context& context) {
  for (const Entry& entry : Entries()) {
    AddVerbs(table, context, *entry.noun);
    if (entry.add_operations != nullptr) entry.add_operations(table, context);
  }
  AddTagVerbs(table, context, Nouns());
  AddSearch(table, context, Nouns());
  for (const std::string& noun : EmptyNouns()) AddEmptyList(table, noun);
}

wire::AccessRule InvocationAccess(const Context& context) {
  return OneResource(context, EndpointNoun(), "InvokeEndpoint");
}

std::vector<std::unique_ptr<reconcile::Controller>> MakeControllers(const Context& context) {
  std::vector<std::unique_ptr<reconcile::Controller>> controllers;
  for (const Entry& entry : Entries()) {
    if (entry.make_controller != nullptr) controllers.push_back(entry.make_controller(context));
  }
  return controllers;
}

void SweepOrphans(const Context& context) {
  constexpr reconcile::ChoreLane kOrphans{"orphans", 1};
  const std::vector<std::string> workloads = context.runtime.List();
  const auto is_known = [&](const std::string& uid) {
    return std::ranges::any_of(workloads, [&](const auto& workload) { return workload.starts_with(uid); });
  };
  std::set<std::string> owners;
  for (const Entry& entry : Entries()) {
    if (entry.directory == nullptr) continue;
    for (const auto& resource : context.store.All(entry.noun->kind)) {
      // What the runtime knows of one that has ended, its controller clears away.
      const bool kept = entry.has_ended == nullptr || !entry.has_ended(*resource) || is_known(resource->uid);
      if (kept) owners.insert(resource->uid);
    }
  }
  // A workload is named after the uid of its resource, and what follows it.
  const std::size_t uid_size = owners.empty() ? std::string::npos : owners.begin()->size();
  for (const std::string& workload : workloads) {
    if (owners.contains(workload.substr(0, uid_size))) continue;
    LogWarning("Workload {} belongs to nothing that is stored: ending it.", workload);
    context.chores.Leave(kOrphans, "orphan " + workload, {}, [&context, workload](std::stop_token) -> Json {
      context.runtime.Remove(workload);
      return {};
    });
  }
  for (const Entry& entry : Entries()) {
    if (entry.directory == nullptr) continue;
    for (const Path& path : EntriesOf(context.data / entry.directory)) {
      if (owners.contains(path.filename().string())) continue;
      context.chores.Leave(kOrphans, "orphan " + path.string(), {}, [path](std::stop_token stop) -> Json {
        if (!RemoveTree(path, stop)) throw Error(kInternalFailure, "It cannot be deleted.");
        return {};
      });
    }
  }
}

}  // namespace sagebrush::sagemaker
