#pragma once

#include "parameters/parameter.h"

namespace sagebrush::parameters {

// Throws Error(InvalidFilterKey), Error(InvalidFilterOption), Error(InvalidFilterValue) for a filter of the input's
// ParameterFilters, or Filters, that is none of `keys` (blanks between them), or cannot be.
void CheckFilters(const Json& input, std::string_view keys);
// Whether a parameter has what all of them ask for.
bool FitsFilters(const store::Resource& parameter, const Json& input);

}  // namespace sagebrush::parameters
