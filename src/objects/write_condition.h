#pragma once

#include "objects/object_store.h"

namespace sagebrush::objects {

// Throws Error(kPreconditionFailed), or kNoSuchKey for If-Match on a missing object, unless `condition` holds of
// `existing` (nullptr: no object). Depends on its arguments only.
void CheckCondition(const WriteCondition& condition, const std::string& key, const Object* existing);

}  // namespace sagebrush::objects
