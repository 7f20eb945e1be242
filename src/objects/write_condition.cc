#include "objects/write_condition.h"

#include "objects/errors.h"

namespace sagebrush::objects {
void CheckCondition(const WriteCondition& condition, const std::string& key, const Object* existing) {
  if (condition.if_absent && existing != nullptr) ThrowPreconditionFailed("If-None-Match");
  if (!condition.if_etag && !condition.if_size && !condition.if_modified_at) return;
  if (existing == nullptr) ThrowNoSuchKey(key);
  if (condition.if_etag && *condition.if_etag != "*" && *condition.if_etag != existing->etag)
    ThrowPreconditionFailed("If-Match");
  if (condition.if_size && *condition.if_size != existing->size) ThrowPreconditionFailed("x-amz-if-match-size");
  if (condition.if_modified_at &&
      condition.if_modified_at->milliseconds / 1000 != existing->modified.milliseconds / 1000) {
    ThrowPreconditionFailed("x-amz-if-match-last-modified-time");
  }
}

}  // namespace sagebrush::objects
