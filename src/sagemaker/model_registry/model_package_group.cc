#include "sagemaker/model_registry/model_registry.h"

namespace sagebrush::sagemaker {
namespace {

constexpr ErrorKind kConflict{"ConflictException", 400, Fault::kClient};

Noun MakeNoun() {
  Noun noun("ModelPackageGroup");
  noun.state_member = "ModelPackageGroupStatus";
  noun.initial_state = "Completed";
  noun.list_member = "ModelPackageGroupSummaryList";
  noun.filters = {{.member = "CrossAccountFilterOption", .how = Filter::How::kNever, .value = [](const Json& input) {
                     const std::string option = GetString(input, "CrossAccountFilterOption");
                     return option == "CrossAccount" ? option : "";  // Nobody shares any with this account.
                   }}};
  noun.missing = {kValidation, "ModelPackageGroup {arn} does not exist."};
  noun.duplicate = {kValidation, "Model Package Group already exists: {arn}"};
  noun.has_children = {kConflict, "Model Package Group {name} has model packages; delete those first."};
  noun.stored = {"ModelPackageGroupDescription"};
  noun.refused = {{"ManagedConfiguration", "model data stays in the buckets that it was uploaded to."}};
  noun.search_resource = noun.search_member = "ModelPackageGroup";
  return noun;
}

}  // namespace

const Noun& ModelPackageGroupNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
