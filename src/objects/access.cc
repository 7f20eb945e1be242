#include "objects/access.h"

#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

std::shared_ptr<const Bucket> Require(const ObjectStore& store, const std::string& name) {
  auto bucket = store.FindBucket(name);
  if (!bucket) ThrowNoSuchBucket(name);
  return bucket;
}

wire::Access MakeAccess(const wire::Principal& principal, const Bucket& bucket, std::string resource,
                        std::string_view action, JsonObject context) {
  if (bucket.account != principal.account) {
    throw Error(kS3AccessDenied,
                fmt::format("User: {} is not authorized to perform: {} on resource: \"{}\" because the bucket belongs "
                            "to another account; access across accounts is not given, not by a bucket policy either",
                            principal.arn, action, resource));
  }
  context["aws:ResourceAccount"] = bucket.account;
  context["s3:ResourceAccount"] = bucket.account;
  context["aws:RequestedRegion"] = bucket.region;
  return {std::string(action), std::move(resource), std::move(context), bucket.policy_document};
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

JsonObject TagContext(const ObjectStore& store, const std::string& bucket, const std::string& key,
                      const std::string& version) {
  JsonObject context;
  const auto object = store.Find(bucket, key, version);
  if (!object) return context;
  for (const auto& [name, value] : object->properties.tags) context["s3:ExistingObjectTag/" + name] = value;
  return context;
}

}  // namespace sagebrush::objects
