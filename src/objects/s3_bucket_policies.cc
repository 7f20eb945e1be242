// Bucket policies.
#include "objects/bucket_policy.h"
#include "objects/errors.h"
#include "objects/s3.h"

namespace sagebrush::objects {
namespace {

std::shared_ptr<const Bucket> BucketWithPolicy(const S3& s3, const wire::Call& call) {
  auto bucket = BucketOf(s3, call);
  if (bucket->policy.empty()) {
    throw Error(kNoSuchBucketPolicy, "The bucket policy does not exist", JsonObject{{"BucketName", bucket->name}});
  }
  return bucket;
}

Json PutBucketPolicy(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const std::string policy = GetString(call.input, "Policy");
  CheckBucketPolicy(policy, bucket->name);
  s3.store.SetBucketPolicy(bucket->name, policy);
  call.reply_status = 204;
  return JsonObject{};
}

Json GetBucketPolicy(const S3& s3, wire::Call& call) {
  call.reply_headers.Set("content-type", "application/json");
  return JsonObject{{"Policy", BucketWithPolicy(s3, call)->policy}};
}

Json DeleteBucketPolicy(const S3& s3, wire::Call& call) {
  s3.store.SetBucketPolicy(BucketOf(s3, call)->name, "");
  return JsonObject{};
}

Json GetBucketPolicyStatus(const S3& s3, wire::Call& call) {
  const auto bucket = BucketWithPolicy(s3, call);
  return JsonObject{{"PolicyStatus", JsonObject{{"IsPublic", IsPublicPolicy(bucket->policy_document)}}}};
}

}  // namespace

void AddBucketPolicyOperations(S3Table& table) {
  table.Add("PutBucketPolicy", PutBucketPolicy, OnBucket("s3:PutBucketPolicy"));
  table.Add("GetBucketPolicy", GetBucketPolicy, OnBucket("s3:GetBucketPolicy"));
  table.Add("DeleteBucketPolicy", DeleteBucketPolicy, OnBucket("s3:DeleteBucketPolicy"));
  table.Add("GetBucketPolicyStatus", GetBucketPolicyStatus, OnBucket("s3:GetBucketPolicyStatus"));
}

}  // namespace sagebrush::objects
