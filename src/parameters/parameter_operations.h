#pragma once

#include <span>
#include <string_view>

#include "parameters/parameters_context.h"

namespace sagebrush::parameters {

// Parameter Store, which is the part of Systems Manager (service "ssm") that is built. All that `context` refers to
// outlives the table.
void AddParameterOperations(wire::OperationTable& table, const ParametersContext& context);

// The condition keys of Systems Manager that are set.
std::span<const std::string_view> ParameterKeys();

}  // namespace sagebrush::parameters
