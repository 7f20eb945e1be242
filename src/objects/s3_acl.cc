// ACLs of buckets and objects.
#include "objects/acl.h"
#include "objects/errors.h"
#include "objects/s3_versions.h"

namespace sagebrush::objects {
namespace {

// The ACL that Put...Acl sets; nullopt: the owner's alone, given to an object of a bucket without ACLs, as S3 takes it.
std::optional<Acl> NewAcl(const Bucket& bucket, AclOn on, const Json& input) {
  if (!GivesAcl(input)) {
    throw Error(kMissingSecurityHeader, "Your request was missing a required header: x-amz-acl");
  }
  return ReadAcl(bucket, on, input);
}

Json PutBucketAcl(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const auto acl = NewAcl(*bucket, AclOn::kBucket, call.input);
  s3.store.SetBucketConfiguration(bucket->name, std::string(kAccessControlPolicy), AclDocument(acl.value()));
  return JsonObject{};
}

Json GetBucketAcl(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  return ShownAcl(bucket->account, HasAcls(*bucket) ? AclOf(*bucket) : OwnersOnly(bucket->account));
}

Json PutObjectAcl(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const std::string version = VersionOf(call.input);
  const auto acl = NewAcl(*bucket, AclOn::kObject, call.input);
  EditEvent event{.cause = CauseOf(call, "")};
  const auto change = [&](Properties& properties) {
    const Acl owners = OwnersOnly(bucket->account);
    const bool same = properties.acl.value_or(owners) == acl.value_or(owners);
    event.type = same ? "" : kAclUpdated;  // One that changes nothing is not told.
    properties.acl = acl;
  };
  const auto object = s3.store.Edit(bucket->name, KeyOf(call), change, version, event);
  if (!object) ThrowMissing(s3, call, *bucket, KeyOf(call), version);
  RefuseDeleteMarker(call, *object);
  return JsonObject{};
}

Json GetObjectAcl(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const Object object = FindObject(s3, call, *bucket);
  const bool own = HasAcls(*bucket) && object.properties.acl;
  return ShownAcl(bucket->account, own ? *object.properties.acl : OwnersOnly(bucket->account));
}

}  // namespace

void AddAclOperations(S3Table& table) {
  table.Add("PutBucketAcl", PutBucketAcl, OnBucket("s3:PutBucketAcl"));
  table.Add("GetBucketAcl", GetBucketAcl, OnBucket("s3:GetBucketAcl"));
  table.Add("PutObjectAcl", PutObjectAcl, OnObject("s3:PutObjectAcl"));
  table.Add("GetObjectAcl", GetObjectAcl, OnObject("s3:GetObjectAcl"));
}

}  // namespace sagebrush::objects
