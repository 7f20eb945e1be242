#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "objects/object_store.h"
#include "wire/call.h"

// What one must be allowed to do for an access to a bucket or an object, as IAM sees it. The S3 operations ask by
// these, and so do controllers that read or write objects for a job's role: pass the result to wire::Authorizer::Check.
namespace sagebrush::objects {

// Throw Error(kNoSuchBucket); and kS3AccessDenied when the bucket is another account's: policies are
// evaluated within one account. Nobody (an unsigned request) gets what the bucket's policy and ACLs give everybody.
// GetObject on bucket/key, with the object's tags as s3:ExistingObjectTag/<key>.
std::vector<wire::Access> ToRead(const ObjectStore& store, const wire::Principal& principal, const std::string& bucket,
                                 const std::string& key);
// ListBucket with s3:prefix.
std::vector<wire::Access> ToList(const ObjectStore& store, const wire::Principal& principal, const std::string& bucket,
                                 const std::string& prefix);
// PutObject on bucket/key.
std::vector<wire::Access> ToWrite(const ObjectStore& store, const wire::Principal& principal, const std::string& bucket,
                                  const std::string& key);

// One entry for any action. `context` is added to what every access to a bucket carries.
wire::Access BucketAccess(const wire::Principal& principal, const Bucket& bucket, std::string_view action,
                          JsonObject context = {});
wire::Access ObjectAccess(const wire::Principal& principal, const Bucket& bucket, std::string_view key,
                          std::string_view action, JsonObject context = {});
// Adds what the ACL of the object (`version` empty: of the current one) allows, where the bucket has ACLs. False: there
// is no such object.
bool AddObjectAcl(const ObjectStore& store, const Bucket& bucket, const std::string& key, const std::string& version,
                  wire::Access& access);
// The condition keys s3:ExistingObjectTag/... of an object (`version` empty: of the current one); empty when there is
// none.
JsonObject TagContext(const ObjectStore& store, const std::string& bucket, const std::string& key,
                      const std::string& version = {});

}  // namespace sagebrush::objects
