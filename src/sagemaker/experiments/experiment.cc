#include "sagemaker/experiments/experiments.h"
#include "sagemaker/lineage/lineage.h"

namespace sagebrush::sagemaker {
namespace {

Noun MakeNoun() {
  Noun noun("Experiment");
  noun.list_member = "ExperimentSummaries";
  noun.list_descending = true;
  noun.search_resource = noun.search_member = "Experiment";
  noun.missing = {kResourceNotFound, "Experiment '{arn}' does not exist."};
  noun.duplicate = {kValidation,
                    "Experiment names must be unique within an AWS account and region. Experiment with name ({name}) "
                    "already exists."};
  noun.has_children = {kValidation, "Experiment '{arn}' is linked to 1 or more trials and cannot be deleted."};
  noun.stored = {"DisplayName", "Description"};
  noun.update_operation = "UpdateExperiment";
  noun.updates = {{"DisplayName"}, {"Description"}};
  noun.describe = [](const store::Resource& experiment, JsonObject& description) {
    DescribeDisplayName(ExperimentNoun(), experiment, description);
  };
  noun.erase = [](Edit& edit) {
    DropAssociations(edit);
    return true;
  };
  return noun;
}

}  // namespace

const Noun& ExperimentNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

void DescribeDisplayName(const Noun& noun, const store::Resource& resource, JsonObject& description) {
  if (!description.contains("DisplayName")) description["DisplayName"] = NameOf(noun, resource);
}

}  // namespace sagebrush::sagemaker
