#pragma once

#include <string>

#include "objects/object.h"

// Storage classes: kept with an object and shown. All of them lie on the same disk and are read alike.
namespace sagebrush::objects {

// The class that the input of a write names, or STANDARD. Throws Error(kInvalidStorageClass).
std::string ReadStorageClass(const Json& input);

void SetStorageClass(Properties& properties, std::string_view name);

// "STANDARD" where the properties have none.
std::string StorageClassOf(const Properties& properties);

}  // namespace sagebrush::objects
