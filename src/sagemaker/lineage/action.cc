#include "sagemaker/lineage/lineage.h"

namespace sagebrush::sagemaker {
namespace {

Noun MakeNoun() {
  using How = MemberUpdate::How;
  Noun noun("Action");
  noun.list_member = "ActionSummaries";
  noun.list_descending = true;
  noun.missing = {kResourceNotFound, "Action '{arn}' does not exist."};
  noun.duplicate = {kValidation,
                    "Action names must be unique within an AWS account and region. Action with name ({name}) already "
                    "exists."};
  noun.stored = {"Source", "ActionType", "Description", "Status", "Properties", "MetadataProperties"};
  noun.update_operation = "UpdateAction";
  noun.updates = {
      {"Description"}, {"Status"}, {"Properties", How::kMerge}, {"PropertiesToRemove", How::kRemoveKeys, "Properties"}};
  noun.update = [](Edit& edit) { CheckEntries(edit.spec(), "Properties", kPropertiesMax); };
  noun.words = {{"SourceUri", "spec.Source.SourceUri"}, {"ActionType", "spec.ActionType"}};
  noun.filters = {{"SourceUri"}, {"ActionType"}};
  noun.erase = [](Edit& edit) {
    RefuseAssociated(ActionNoun(), edit.resource);
    return true;
  };
  return noun;
}

}  // namespace

const Noun& ActionNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
