#pragma once

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

// Search and GetSearchSuggestions over those of `nouns` that AWS makes searchable (Noun::search_resource).
void AddSearch(wire::OperationTable& table, const Context& context, const std::vector<const Noun*>& nouns);

}  // namespace sagebrush::sagemaker
