// Versions of objects: whether a bucket keeps them, and what operations that name one have in common.
#include "objects/s3_versions.h"

#include "objects/errors.h"
#include "objects/object_lock.h"
#include "objects/version_id.h"
#include "wire/model.h"

namespace sagebrush::objects {
namespace {

void CheckMayKnow(const S3& s3, const wire::Call& call, const Bucket& bucket) {
  try {
    CheckWithin(s3, call, {BucketAccess(call.principal, bucket, "s3:ListBucket")});
  } catch (const Error&) {
    throw Error(kS3AccessDenied, fmt::format("User: {} is not authorized to perform: s3:ListBucket on resource: "
                                             "\"arn:aws:s3:::{}\", so whether the object exists is not told",
                                             call.principal.arn, bucket.name));
  }
}

Json PutBucketVersioning(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const std::string status = GetString(call.input, "VersioningConfiguration.Status");
  if (status.empty()) {
    throw Error(
        kIllegalVersioningConfiguration,
        "The Versioning configuration specified in the request is invalid: give the Status Enabled or Suspended");
  }
  if (status != "Enabled" && status != "Suspended") {
    throw Error(kMalformedXml, "The Status of a versioning configuration is Enabled or Suspended, not " + status);
  }
  if (GetString(call.input, "VersioningConfiguration.MFADelete") == "Enabled") {
    throw Error(kNotImplemented,
                "A header you provided implies functionality that is not implemented: MfaDelete: there are no MFA "
                "devices here. Protect versions by object lock, or deny s3:DeleteObjectVersion in a policy.",
                JsonObject{{"Header", "MfaDelete"}});
  }
  if (status == "Suspended" && CanLockObjects(*bucket)) {
    throw Error(kInvalidBucketState,
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
                JsonObject{{"BucketName", bucket->name}});
  }
  s3.store.SetBucketVersioning(bucket->name, status == "Enabled" ? Versioning::kEnabled : Versioning::kSuspended);
  return JsonObject{};
}

Json GetBucketVersioning(const S3& s3, wire::Call& call) {
  const Versioning versioning = BucketOf(s3, call)->versioning;
  if (versioning == Versioning::kNever) return JsonObject{};  // Never enabled: no status.
  return JsonObject{{"Status", versioning == Versioning::kEnabled ? "Enabled" : "Suspended"}};
}

}  // namespace

std::string VersionOf(const Json& document, std::string_view member) {
  const auto version = OptionalString(document, member);
  if (!version) return "";
  if (*version == kNullVersion || SequenceOfVersion(*version)) return *version;
  throw Error(kInvalidArgument,
              version->empty() ? "Version id cannot be the empty string" : "Invalid version id specified",
              JsonObject{{"ArgumentName", "versionId"}, {"ArgumentValue", *version}});
}

void RefuseDeleteMarker(const wire::Call& call, const Object& object) {
  if (!object.delete_marker) return;
  throw Error(kMethodNotAllowed, "The specified method is not allowed against this resource.",
              JsonObject{{"Method", call.http != nullptr ? call.http->method : std::string(call.operation.name)},
                         {"ResourceType", "DeleteMarker"},
                         {"allow", "DELETE"},
                         {"last-modified", ToHttpDate(object.modified)},
                         {"x-amz-delete-marker", "true"},
                         {"x-amz-version-id", object.version}});
}

Object FindObject(const S3& s3, const wire::Call& call, const Bucket& bucket) {
  const std::string version = VersionOf(call.input);
  auto object = s3.store.Find(bucket.name, KeyOf(call), version);
  if (!object) ThrowMissing(s3, call, bucket, KeyOf(call), version);
  RefuseDeleteMarker(call, *object);
  return std::move(*object);
}

void AddVersion(const Bucket& bucket, const Object& object, JsonObject& output, std::string_view member) {
  if (bucket.versioning != Versioning::kNever || object.version != kNullVersion) output[member] = object.version;
}

void ThrowMissing(const S3& s3, const wire::Call& call, const Bucket& bucket, const std::string& key,
                  const std::string& version) {
  CheckMayKnow(s3, call, bucket);
  if (!version.empty()) {
    throw Error(kNoSuchVersion, "The specified version does not exist.",
                JsonObject{{"Key", key}, {"VersionId", version}});
  }
  const auto newest = s3.store.FindNewest(bucket.name, key);
  if (!newest || !newest->delete_marker) ThrowNoSuchKey(key);
  ThrowNoSuchKey(key, JsonObject{{"x-amz-delete-marker", "true"},
                                 {"x-amz-version-id", newest->version},
                                 {"last-modified", ToHttpDate(newest->modified)}});
}

void AddVersionOperations(S3Table& table) {
  table.Add("PutBucketVersioning", PutBucketVersioning, OnBucket("s3:PutBucketVersioning"));
  table.Add("GetBucketVersioning", GetBucketVersioning, OnBucket("s3:GetBucketVersioning"));
}

}  // namespace sagebrush::objects
