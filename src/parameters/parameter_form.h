#pragma once

#include <string>

#include "base/json.h"
#include "parameters/parameter.h"

// What PutParameter asks for, checked.
namespace sagebrush::parameters {

// Throws Error(kValidation), Error(HierarchyLevelLimitExceededException).
void CheckName(const std::string& name);

// The spec of the next version: what the input says, else what `before` has (nullptr: it is a new parameter), without
// the value. Throws Error, saying which member is refused and why.
JsonObject NextSpec(const Json& input, const store::Resource* before);

// Throws Error(InvalidAllowedPatternException), Error(ParameterPatternMismatchException).
void CheckPattern(const std::string& pattern, const std::string& value);

}  // namespace sagebrush::parameters
