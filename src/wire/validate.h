#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "wire/model.h"

namespace sagebrush::wire {

// Every constraint of the model that `document` breaks, in AWS's words without the heading:
// "Value '...' at 'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum value set:
// [...]". Types are not checked: the readers have done that. At most 100 are collected.
std::vector<std::string> FindViolations(const Shape& shape, const Json& document);

// Throws Error of the service's own kind for invalid input (ValidationException for most, InvalidParameterException
// for logs, ValidationError for query services, ...) when `document` breaks the model:
// "2 validation errors detected: Value ...; Value ...".
void CheckConstraints(const Shape& input, const Json& document);

// What `service` answers to input that breaks its model.
ErrorKind InvalidInputKind(const Service& service);

}  // namespace sagebrush::wire
