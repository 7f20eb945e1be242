#pragma once

#include <vector>

#include "tagging/tagged_service.h"

namespace sagebrush::tagging {

// Registers GetResources, GetTagKeys, GetTagValues, TagResources and UntagResources over `services`. Compliance with
// tag policies and reports are not built. All arguments outlive the table.
void AddTaggingOperations(wire::OperationTable& table, const wire::Api& api,
                          const std::vector<const TaggedService*>& services);

}  // namespace sagebrush::tagging
