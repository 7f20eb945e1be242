#include "sagemaker/experiments/experiments.h"

namespace sagebrush::sagemaker {
namespace {

Noun MakeNoun() {
  Noun noun("Trial");
  noun.kind = "experiment-trial";
  noun.list_member = "TrialSummaries";
  noun.list_descending = true;
  noun.search_resource = "ExperimentTrial";
  noun.search_member = "Trial";
  noun.missing = {kResourceNotFound, "Trial '{arn}' does not exist."};
  noun.duplicate = {kValidation,
                    "Trial names must be unique within an AWS account and region. Trial with name ({name}) already "
                    "exists."};
  noun.parent_member = "ExperimentName";
  noun.parent = ExperimentNoun;
  noun.uses = {{"ExperimentName", ExperimentNoun}};
  noun.has_children = {kValidation, "Trial '{arn}' is linked to 1 or more trial components and cannot be deleted."};
  noun.stored = {"DisplayName", "MetadataProperties"};
  noun.update_operation = "UpdateTrial";
  noun.updates = {{"DisplayName"}};
  noun.words = {{"ExperimentName", "spec.ExperimentName"}};
  noun.filters = {
      {"ExperimentName", Filter::How::kEquals, "ExperimentName", ExperimentNoun},
      {"TrialComponentName", Filter::How::kHeldBy, "spec.Parents[].TrialName", TrialComponentNoun},
  };
  noun.describe = [](const store::Resource& trial, JsonObject& description) {
    DescribeDisplayName(TrialNoun(), trial, description);
  };
  noun.summarize = [](const store::Resource& trial, JsonObject& summary) {
    if (const Json* source = Find(trial.spec, "Source")) summary["TrialSource"] = *source;
  };
  return noun;
}

}  // namespace

const Noun& TrialNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
