#pragma once

#include "objects/s3.h"

// What the operations that name an object do about its versions.
namespace sagebrush::objects {

// The version that `document` names; empty: none. Throws kInvalidArgument for what cannot be an id of one.
std::string VersionOf(const Json& document, std::string_view member = "VersionId");
// Throws kMethodNotAllowed for a delete marker, which is there but cannot be read.
void RefuseDeleteMarker(const wire::Call& call, const Object& object);
// The object, or the version of it, that the call names. Throws when it is missing or a delete marker.
Object FindObject(const S3& s3, const wire::Call& call, const Bucket& bucket);
// Says which version `object` is, where the bucket keeps versions.
void AddVersion(const Bucket& bucket, const Object& object, JsonObject& output, std::string_view member = "VersionId");

// Throws for an object that is not there: kNoSuchVersion when a version was named, else kNoSuchKey, which tells of a
// delete marker; kS3AccessDenied instead when the caller may not list the bucket and so may not know.
[[noreturn]] void ThrowMissing(const S3& s3, const wire::Call& call, const Bucket& bucket, const std::string& key,
                               const std::string& version);

}  // namespace sagebrush::objects
