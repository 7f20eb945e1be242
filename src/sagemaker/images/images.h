#pragma once

#include <map>
#include <string>

#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {

const Noun& ImageNoun();
const Noun& ImageVersionNoun();
// ListAliases.
void AddImageVersionOperations(wire::OperationTable& table, const Context& context);

// An image's aliases and the versions that they name. Kept by the image, so that no two versions have the same one.
using Aliases = std::map<std::string, std::int64_t, std::less<>>;
Aliases AliasesOf(const store::Resource& image);
// Throws Error(kResourceLimitExceeded) when they are too many.
void SetAliases(store::Resource& image, const Aliases& aliases);

}  // namespace sagebrush::sagemaker
