#pragma once

#include "base/error.h"

// The errors of Amazon S3 that this folder answers: code, status and whose fault, one row each.
namespace sagebrush::objects {

inline constexpr ErrorKind kS3AccessDenied{"AccessDenied", 403, Fault::kClient};
inline constexpr ErrorKind kAclNotSupported{"AccessControlListNotSupported", 400, Fault::kClient};
inline constexpr ErrorKind kBadDigest{"BadDigest", 400, Fault::kClient};
inline constexpr ErrorKind kBucketAlreadyExists{"BucketAlreadyExists", 409, Fault::kClient};
inline constexpr ErrorKind kBucketAlreadyOwnedByYou{"BucketAlreadyOwnedByYou", 409, Fault::kClient};
inline constexpr ErrorKind kBucketNotEmpty{"BucketNotEmpty", 409, Fault::kClient};
inline constexpr ErrorKind kEntityTooLarge{"EntityTooLarge", 400, Fault::kClient};
inline constexpr ErrorKind kEntityTooSmall{"EntityTooSmall", 400, Fault::kClient};
inline constexpr ErrorKind kIllegalVersioningConfiguration{"IllegalVersioningConfigurationException", 400,
                                                           Fault::kClient};
inline constexpr ErrorKind kIllegalLocationConstraint{"IllegalLocationConstraintException", 400, Fault::kClient};
inline constexpr ErrorKind kInsufficientStorage{"InsufficientStorage", 507, Fault::kServer};
inline constexpr ErrorKind kInvalidArgument{"InvalidArgument", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidBucketAclWithBlockPublicAccess{"InvalidBucketAclWithBlockPublicAccessError", 400,
                                                                  Fault::kClient};
inline constexpr ErrorKind kInvalidBucketAclWithObjectOwnership{"InvalidBucketAclWithObjectOwnership", 400,
                                                                Fault::kClient};
inline constexpr ErrorKind kInvalidBucketState{"InvalidBucketState", 409, Fault::kClient};
inline constexpr ErrorKind kInvalidBucketName{"InvalidBucketName", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidDigest{"InvalidDigest", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidEncryptionAlgorithm{"InvalidEncryptionAlgorithmError", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidLocationConstraint{"InvalidLocationConstraint", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidPart{"InvalidPart", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidPartNumber{"InvalidPartNumber", 416, Fault::kClient};
inline constexpr ErrorKind kInvalidPartOrder{"InvalidPartOrder", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidRange{"InvalidRange", 416, Fault::kClient};
inline constexpr ErrorKind kInvalidRedirectLocation{"InvalidRedirectLocation", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidRequest{"InvalidRequest", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidRetentionPeriod{"InvalidRetentionPeriod", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidStorageClass{"InvalidStorageClass", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidTag{"InvalidTag", 400, Fault::kClient};
inline constexpr ErrorKind kKeyTooLong{"KeyTooLongError", 400, Fault::kClient};
inline constexpr ErrorKind kMalformedAcl{"MalformedACLError", 400, Fault::kClient};
inline constexpr ErrorKind kMalformedPolicy{"MalformedPolicy", 400, Fault::kClient};
inline constexpr ErrorKind kMalformedXml{"MalformedXML", 400, Fault::kClient};
inline constexpr ErrorKind kMethodNotAllowed{"MethodNotAllowed", 405, Fault::kClient};
inline constexpr ErrorKind kMetadataTooLarge{"MetadataTooLarge", 400, Fault::kClient};
inline constexpr ErrorKind kMissingSecurityHeader{"MissingSecurityHeader", 400, Fault::kClient};
inline constexpr ErrorKind kNoSuchBucket{"NoSuchBucket", 404, Fault::kClient};
inline constexpr ErrorKind kNoSuchBucketPolicy{"NoSuchBucketPolicy", 404, Fault::kClient};
inline constexpr ErrorKind kNoSuchConfiguration{"NoSuchConfiguration", 404, Fault::kClient};
inline constexpr ErrorKind kNoSuchCorsConfiguration{"NoSuchCORSConfiguration", 404, Fault::kClient};
inline constexpr ErrorKind kNoSuchKey{"NoSuchKey", 404, Fault::kClient};
inline constexpr ErrorKind kNoSuchLifecycleConfiguration{"NoSuchLifecycleConfiguration", 404, Fault::kClient};
inline constexpr ErrorKind kNoSuchObjectLockConfiguration{"NoSuchObjectLockConfiguration", 404, Fault::kClient};
inline constexpr ErrorKind kNoSuchObjectLockConfigurationOfBucket{"ObjectLockConfigurationNotFoundError", 404,
                                                                  Fault::kClient};
inline constexpr ErrorKind kNoSuchPublicAccessBlock{"NoSuchPublicAccessBlockConfiguration", 404, Fault::kClient};
inline constexpr ErrorKind kNoSuchTagSet{"NoSuchTagSet", 404, Fault::kClient};
inline constexpr ErrorKind kNoSuchUpload{"NoSuchUpload", 404, Fault::kClient};
inline constexpr ErrorKind kNoSuchVersion{"NoSuchVersion", 404, Fault::kClient};
inline constexpr ErrorKind kNoSuchWebsiteConfiguration{"NoSuchWebsiteConfiguration", 404, Fault::kClient};
inline constexpr ErrorKind kNotImplemented{"NotImplemented", 501, Fault::kServer};
inline constexpr ErrorKind kPreconditionFailed{"PreconditionFailed", 412, Fault::kClient};
inline constexpr ErrorKind kOwnershipControlsNotFound{"OwnershipControlsNotFoundError", 404, Fault::kClient};
inline constexpr ErrorKind kReplicationNotFound{"ReplicationConfigurationNotFoundError", 404, Fault::kClient};
inline constexpr ErrorKind kTooManyBuckets{"TooManyBuckets", 400, Fault::kClient};
inline constexpr ErrorKind kUnresolvableGrant{"UnresolvableGrantByEmailAddress", 400, Fault::kClient};

[[noreturn]] inline void ThrowNoSuchBucket(std::string_view name) {
  throw Error(kNoSuchBucket, "The specified bucket does not exist", JsonObject{{"BucketName", name}});
}
[[noreturn]] inline void ThrowNoSuchKey(std::string_view key, JsonObject members = {}) {
  members["Key"] = key;
  throw Error(kNoSuchKey, "The specified key does not exist.", std::move(members));
}

// `condition`: the header that did not hold.
[[noreturn]] inline void ThrowPreconditionFailed(std::string_view condition) {
  throw Error(kPreconditionFailed, "At least one of the pre-conditions you specified did not hold",
              JsonObject{{"Condition", condition}});
}

[[noreturn]] inline void ThrowNoSuchUpload(std::string_view id) {
  throw Error(
      kNoSuchUpload,
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
      "completed.",
      JsonObject{{"UploadId", id}});
}

}  // namespace sagebrush::objects
