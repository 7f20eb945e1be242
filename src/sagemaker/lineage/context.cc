#include "sagemaker/lineage/lineage.h"

namespace sagebrush::sagemaker {
namespace {

Noun MakeNoun() {
  using How = MemberUpdate::How;
  Noun noun("Context");
  noun.list_member = "ContextSummaries";
  noun.list_descending = true;
  noun.missing = {kResourceNotFound, "Context '{arn}' does not exist."};
  noun.duplicate = {kValidation,
                    "Context names must be unique within an AWS account and region. Context with name ({name}) already "
                    "exists."};
  noun.stored = {"Source", "ContextType", "Description", "Properties"};
  noun.update_operation = "UpdateContext";
  noun.updates = {{"Description"}, {"Properties", How::kMerge}, {"PropertiesToRemove", How::kRemoveKeys, "Properties"}};
  noun.update = [](Edit& edit) { CheckEntries(edit.spec(), "Properties", kPropertiesMax); };
  noun.words = {{"SourceUri", "spec.Source.SourceUri"}, {"ContextType", "spec.ContextType"}};
  noun.filters = {{"SourceUri"}, {"ContextType"}};
  noun.erase = [](Edit& edit) {
    RefuseAssociated(ContextNoun(), edit.resource);
    return true;
  };
  return noun;
}

}  // namespace

const Noun& ContextNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
