#include "objects/access.h"

#include "objects/acl.h"
#include "objects/bucket_policy.h"
#include "objects/errors.h"
#include "objects/public_access_block.h"
#include "objects/request_payment.h"

namespace sagebrush::objects {
namespace {

std::shared_ptr<const Bucket> Require(const ObjectStore& store, const std::string& name) {
  auto bucket = store.FindBucket(name);
  if (!bucket) ThrowNoSuchBucket(name);
  return bucket;
}

wire::Access MakeAccess(const wire::Principal& principal, const Bucket& bucket, std::string resource,
                        std::string_view action, JsonObject context) {
  const bool anonymous = principal.account.empty();
  if (!anonymous && bucket.account != principal.account) {
    throw Error(kS3AccessDenied,
                fmt::format("User: {} is not authorized to perform: {} on resource: \"{}\" because the bucket belongs "
                            "to another account; access across accounts is not given, not by a bucket policy either",
                            principal.arn, action, resource));
  }
  context["aws:ResourceAccount"] = bucket.account;
  context["s3:ResourceAccount"] = bucket.account;
  context["aws:RequestedRegion"] = bucket.region;
  if (anonymous && RequesterPays(bucket)) {
    throw Error(kS3AccessDenied, "Access Denied: the requester pays, so requests to this bucket must be signed.");
  }
  Json policy = bucket.policy_document;
  // A policy that lets everybody in then lets in nobody from outside the account.
  if (anonymous && HasPublicAccessBlock(bucket, "RestrictPublicBuckets") && IsPublicPolicy(policy)) policy = nullptr;
  AddAcl(bucket, AclOn::kBucket, AclOf(bucket), action, resource, policy);
  return {std::string(action), std::move(resource), std::move(context), std::move(policy)};
}

}  // namespace

std::vector<wire::Access> ToRead(const ObjectStore& store, const wire::Principal& principal, const std::string& bucket,
                                 const std::string& key) {
  const auto where = Require(store, bucket);
  return {ObjectAccess(principal, *where, key, "s3:GetObject", TagContext(store, bucket, key))};
}

std::vector<wire::Access> ToList(const ObjectStore& store, const wire::Principal& principal, const std::string& bucket,
                                 const std::string& prefix) {
  return {BucketAccess(principal, *Require(store, bucket), "s3:ListBucket", {{"s3:prefix", prefix}})};
}

std::vector<wire::Access> ToWrite(const ObjectStore& store, const wire::Principal& principal, const std::string& bucket,
                                  const std::string& key) {
  return {ObjectAccess(principal, *Require(store, bucket), key, "s3:PutObject")};
}

wire::Access BucketAccess(const wire::Principal& principal, const Bucket& bucket, std::string_view action,
                          JsonObject context) {
  return MakeAccess(principal, bucket, "arn:aws:s3:::" + bucket.name, action, std::move(context));
}

wire::Access ObjectAccess(const wire::Principal& principal, const Bucket& bucket, std::string_view key,
                          std::string_view action, JsonObject context) {
  return MakeAccess(principal, bucket, fmt::format("arn:aws:s3:::{}/{}", bucket.name, key), action, std::move(context));
}

bool AddObjectAcl(const ObjectStore& store, const Bucket& bucket, const std::string& key, const std::string& version,
                  wire::Access& access) {
  const auto object = store.Find(bucket.name, key, version);
  if (!object) return false;
  const Acl acl = object->properties.acl.value_or(OwnersOnly(bucket.account));
  AddAcl(bucket, AclOn::kObject, acl, access.action, access.resource, access.resource_policy);
  return true;
}

JsonObject TagContext(const ObjectStore& store, const std::string& bucket, const std::string& key,
                      const std::string& version) {
  JsonObject context;
  const auto object = store.Find(bucket, key, version);
  if (!object) return context;
  for (const auto& [name, value] : object->properties.tags) context["s3:ExistingObjectTag/" + name] = value;
  return context;
}

}  // namespace sagebrush::objects
