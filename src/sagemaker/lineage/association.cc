#include "sagemaker/experiments/experiments.h"
#include "sagemaker/lineage/lineage.h"
#include "sagemaker/tags.h"

namespace sagebrush::sagemaker {
namespace {

constexpr const char* kEnds[] = {"Source", "Destination"};

Target EndOf(const Edit& edit, const std::string& end) {
  return TargetOf(AssociatedNouns(), edit.call, GetString(edit.input(), end + "Arn"));
}

// Counts at both ends, which exist as long as the association does, and tells the spec what they are.
void CountAtEnds(Edit& edit, std::int64_t more) {
  for (const std::string end : kEnds) {
    const Target target = EndOf(edit, end);
    store::Resource resource = *Require(edit.context, *target.noun, target.key);
    if (const std::string type = TypeOfAssociated(resource); !type.empty()) edit.spec()[end + "Type"] = type;
    CountAssociation(resource, more);
    edit.also.Update(std::move(resource));
  }
}

bool IsOfExperiments(const Noun& noun) { return &noun == &ExperimentNoun() || &noun == &TrialComponentNoun(); }

void Prepare(Edit& edit) {
  const Target source = EndOf(edit, "Source");
  const Target destination = EndOf(edit, "Destination");
  if (source.key == destination.key) {
    throw Error(kValidation, "SourceArn and DestinationArn are the same; nothing is associated with itself.");
  }
  // A maintainer of AWS's: github.com/aws/sagemaker-experiments/issues/157
  if (IsOfExperiments(*source.noun) && IsOfExperiments(*destination.noun)) {
    throw Error(kValidation,
                "Experiments and trial components are not associated with each other; one end must be an artifact, an "
                "action or a context.");
  }
  CountAtEnds(edit, 1);
}

// Names may change after the association was made.
void LookUp(const Context& context, const store::Resource& association, JsonObject& summary) {
  for (const std::string end : kEnds) {
    const auto resource = AssociatedResource(context, GetString(association.spec, end + "Arn"));
    if (resource == nullptr) continue;
    const Json* name = Find(resource->spec, NounOfAssociated(*resource).name_member);
    if (name != nullptr) summary[end + "Name"] = *name;  // An artifact need not have one.
  }
}

Noun MakeNoun() {
  Noun noun("Association");
  noun.arn_member = noun.name_member = noun.describe_operation = "";
  noun.key_members = {"SourceArn", "DestinationArn"};
  noun.create_operation = "AddAssociation";
  noun.list_member = "AssociationSummaries";
  noun.list_descending = true;
  noun.missing = {kResourceNotFound, "Association '{name}' does not exist."};
  noun.duplicate = {kValidation, "Association '{name}' already exists."};
  noun.stored = {"AssociationType"};
  for (const char* word : {"SourceArn", "DestinationArn", "SourceType", "DestinationType", "AssociationType"}) {
    noun.words.push_back({word, std::string("spec.") + word});
    noun.filters.push_back({word});
  }
  for (const char* word : {"SourceArn", "DestinationArn", "SourceType", "DestinationType"}) {
    noun.orders.emplace_back(word, word);
  }
  noun.prepare = Prepare;
  noun.look_up = LookUp;
  noun.erase = [](Edit& edit) {
    CountAtEnds(edit, -1);
    return true;
  };
  return noun;
}

}  // namespace

const Noun& AssociationNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
