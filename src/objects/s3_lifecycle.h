#pragma once

#include "objects/s3.h"

// What operations tell of the lifecycle of the objects and uploads that they are about.
namespace sagebrush::objects {

// Expiration: when the current object `object` ends and by which rule; nothing where no rule ends it.
void AddExpiration(const S3& s3, const Bucket& bucket, const Object& object, JsonObject& output);
// AbortDate and AbortRuleId of a multipart upload.
void AddAbort(const S3& s3, const Bucket& bucket, const Upload& upload, JsonObject& output);

}  // namespace sagebrush::objects
