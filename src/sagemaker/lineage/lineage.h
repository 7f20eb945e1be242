#pragma once

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

const Noun& ContextNoun();
const Noun& ActionNoun();
const Noun& ArtifactNoun();
const Noun& AssociationNoun();
void AddQueryLineage(wire::OperationTable& table, const Context& context);

// What associations can name: the kinds of AssociationEntityArn in the service model.
const std::vector<const Noun*>& AssociatedNouns();
// By the ARN that an association has of it. nullptr: there is none.
std::shared_ptr<const store::Resource> AssociatedResource(const Context& context, const std::string& arn);
const Noun& NounOfAssociated(const store::Resource& resource);
// The client's word for what it is ("DataSet", "ModelDeployment"; of a trial component, its source's); empty: none.
std::string TypeOfAssociated(const store::Resource& resource);

// What associations can name has the count of those that do, so that none of it goes while one is left: an artifact,
// action or context not before them; an experiment or a trial component takes them along.
// Throws Error(kValidation) unless the resource is at the end of no association.
void RefuseAssociated(const Noun& noun, const store::Resource& resource);
// Deletes what joins the resource, which goes, with others. Throws Error(kValidation) when that is too much at once.
void DropAssociations(Edit& edit);
// An association that comes or goes counts itself at both of its ends, in the same commit.
void CountAssociation(store::Resource& end, std::int64_t more);

// The map `member` of the spec, which several updates may have filled, has at most as many entries as one Create may
// give it. Throws Error(kValidation).
void CheckEntries(const JsonObject& spec, const char* member, std::size_t entries_max);
inline constexpr std::size_t kPropertiesMax = 30;

}  // namespace sagebrush::sagemaker
