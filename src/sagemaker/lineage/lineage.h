#pragma once

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

const Noun& ContextNoun();
const Noun& ActionNoun();
const Noun& ArtifactNoun();

// What associations can name has the count of those that do, so that none of it goes while one is left.
// Throws Error(kValidation) unless the resource is at the end of no association.
void RefuseAssociated(const Noun& noun, const store::Resource& resource);
// An association that comes or goes counts itself at both of its ends, in the same commit.
void CountAssociation(store::Resource& end, std::int64_t more);

// The map `member` of the spec, which several updates may have filled, has at most as many entries as one Create may
// give it. Throws Error(kValidation).
void CheckEntries(const JsonObject& spec, const char* member, std::size_t entries_max);
inline constexpr std::size_t kPropertiesMax = 30;

}  // namespace sagebrush::sagemaker
