#pragma once

#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>
#include <vector>

#include "base/file.h"
#include "sagemaker/context.h"
#include "sagemaker/s3_uri.h"
#include "wire/call.h"

namespace sagebrush::objects {
struct Cause;
struct Listing;
struct ObjectKey;
struct OpenedObject;
}  // namespace sagebrush::objects

namespace sagebrush::sagemaker {

// Whether S3 takes `key`: up to 1,024 bytes of UTF-8.
bool CanBeKey(std::string_view key);

struct RoleObject {
  std::string key;
  std::int64_t size = 0;
  Time modified;
};

// S3 as a role sees it: every call is checked against the role's policies exactly as the same API call would be.
// Errors are those of the API (AccessDenied, NoSuchBucket, NoSuchKey), and BucketRegionError for a bucket of another
// region than `source_arn`'s, which SageMaker does not read; each names the address in the way of AWS's agents: "Unable
// to download object s3://bucket/key (AccessDenied: ...)". The audit trail hears of each object as it does when a
// client asks for it. Not thread-safe.
class RoleObjects {
 public:
  // `source_arn`: the resource that the role is used for, which the role's trust policy may ask for.
  // `kms_key`: id, ARN or alias of the key that what is put is encrypted with, as the role; empty: as the bucket says.
  // Throws Error when the role does not exist or may not be assumed by sagemaker.amazonaws.com.
  RoleObjects(const Context& context, const std::string& role_arn, const std::string& session_name,
              const std::string& source_arn, std::string kms_key = "");

  // All objects whose key starts with the URI's key, in key order. None is not an error; a missing bucket is.
  std::vector<RoleObject> List(const S3Uri& prefix) const;
  // Whether List has any that is more than a folder's marker.
  bool HasAny(const S3Uri& prefix) const;
  bool Exists(const S3Uri& object) const;
  // Throws what Put would throw for reasons that can be known before.
  void CheckPut(const S3Uri& object) const;
  // Makes `target`, which must not exist, the object's bytes: without copying them where they are stored plain (hard
  // link; copy across file systems), else decrypted. Never write to it. Returns the bytes that it takes. Below: throws
  // Error(kValidation) for a copy of more than `bytes_max`, Error(kServiceUnavailable) once a stop is asked for.
  std::int64_t Link(const S3Uri& object, const Path& target, const std::stop_token& stop,
                    std::int64_t bytes_max = std::numeric_limits<std::int64_t>::max()) const;
  // As Link, but always a file of its own that may be changed.
  std::int64_t Copy(const S3Uri& object, const Path& target, const std::stop_token& stop,
                    std::int64_t bytes_max = std::numeric_limits<std::int64_t>::max()) const;
  std::string Read(const S3Uri& object) const;
  // Durable on return. Takes the open file over where it can (ObjectStore::PutFile): nobody may write to it any more.
  // Throws Error(kServiceUnavailable) once a stop is asked for.
  void Put(const S3Uri& object, const FileDescriptor& file, const std::stop_token& stop) const;
  void Delete(const S3Uri& object) const;

  const wire::Principal& principal() const { return principal_; }
  const std::string& region() const { return region_; }

 private:
  // Does `work`, which stands for a call of that operation of S3 about `uri` (`key_member`: what its key is there).
  template <typename Work>
  auto AsCall(std::string_view operation, std::string_view key_member, const S3Uri& uri, const std::string& request_id,
              Work work) const;
  void CheckRegion(const S3Uri& uri) const;
  void CheckRead(const S3Uri& object) const;
  void CheckWrite(const S3Uri& object) const;
  objects::OpenedObject Open(const S3Uri& object) const;
  objects::Cause CauseOf(const std::string& operation) const;
  objects::ObjectKey NewKey(const S3Uri& object) const;
  objects::Listing ListPage(const S3Uri& prefix, const std::string& after) const;

  const Context& context_;
  std::string kms_key_;
  std::string region_;
  std::string request_id_;  // Of all that is read: one for a channel, in as many events as it has objects.
  wire::Principal principal_;
};

}  // namespace sagebrush::sagemaker
