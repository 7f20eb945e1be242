// Tags of buckets and objects.
#include "objects/errors.h"
#include "objects/s3_versions.h"
#include "objects/tag_set.h"

namespace sagebrush::objects {
namespace {

Json PutBucketTagging(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  s3.store.SetBucketTags(bucket->name, ReadTagSet(*Find(call.input, "Tagging"), kBucketTagsMax));
  call.reply_status = 204;
  return JsonObject{};
}

Json GetBucketTagging(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  if (bucket->tags.empty()) {
    throw Error(kNoSuchTagSet, "The TagSet does not exist", JsonObject{{"BucketName", bucket->name}});
  }
  return JsonObject{{"TagSet", ToTagSet(bucket->tags)}};
}

Json DeleteBucketTagging(const S3& s3, wire::Call& call) {
  s3.store.SetBucketTags(BucketOf(s3, call)->name, {});
  return JsonObject{};
}

Json SetObjectTags(const S3& s3, wire::Call& call, const Tags& tags, std::string_view event) {
  const auto bucket = BucketOf(s3, call);
  const std::string version = VersionOf(call.input);
  const auto change = [&](Properties& properties) { properties.tags = tags; };
  const auto object = s3.store.Edit(bucket->name, KeyOf(call), change, version, {event, CauseOf(call, "")});
  if (!object) ThrowMissing(s3, call, *bucket, KeyOf(call), version);
  RefuseDeleteMarker(call, *object);
  JsonObject output;
  AddVersion(*bucket, *object, output);
  return output;
}

Json PutObjectTagging(const S3& s3, wire::Call& call) {
  return SetObjectTags(s3, call, ReadTagSet(*Find(call.input, "Tagging"), kObjectTagsMax), kTagsAdded);
}

Json DeleteObjectTagging(const S3& s3, wire::Call& call) { return SetObjectTags(s3, call, {}, kTagsDeleted); }

Json GetObjectTagging(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const Object object = FindObject(s3, call, *bucket);
  JsonObject output{{"TagSet", ToTagSet(object.properties.tags)}};
  AddVersion(*bucket, object, output);
  return output;
}

std::vector<wire::Access> PutObjectTaggingRule(const S3& s3, const wire::Call& call) {
  auto accesses = OnObject("s3:PutObjectTagging")(s3, call);
  JsonArray keys;
  for (const auto& [key, value] : ReadTagSet(*Find(call.input, "Tagging"), kObjectTagsMax)) {
    accesses[0].context["s3:RequestObjectTag/" + key] = value;
    keys.push_back(Json(key));
  }
  accesses[0].context["s3:RequestObjectTagKeys"] = std::move(keys);
  return accesses;
}

}  // namespace

void AddTaggingOperations(S3Table& table) {
  table.Add("PutBucketTagging", PutBucketTagging, OnBucket("s3:PutBucketTagging"));
  table.Add("GetBucketTagging", GetBucketTagging, OnBucket("s3:GetBucketTagging"));
  table.Add("DeleteBucketTagging", DeleteBucketTagging, OnBucket("s3:PutBucketTagging"));
  table.Add("PutObjectTagging", PutObjectTagging, PutObjectTaggingRule);
  table.Add("GetObjectTagging", GetObjectTagging, OnObject("s3:GetObjectTagging"));
  table.Add("DeleteObjectTagging", DeleteObjectTagging, OnObject("s3:DeleteObjectTagging"));
}

}  // namespace sagebrush::objects
