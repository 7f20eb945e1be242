// Bucket policies.
#include "objects/bucket_policy.h"
#include "objects/errors.h"
#include "objects/public_access_block.h"
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

std::string Pin(const S3& s3, const std::string& policy) {
  try {
    return s3.authorizer.PinPolicy(policy);
  } catch (const Error& error) {
    if (error.kind().fault == Fault::kServer) throw;
    throw Error(kMalformedPolicy, error.what());  // S3's code for it.
  }
}

Json PutBucketPolicy(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const std::string policy = GetString(call.input, "Policy");
  CheckBucketPolicy(policy, bucket->name);
  const std::string pinned = Pin(s3, policy);
  if (BlocksPublicPolicy(*bucket) && IsPublicPolicy(ParseStoredJson(policy, "The policy"))) {
    throw Error(
        kS3AccessDenied,
        fmt::format("User: {} is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{}\" "
                    "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public "
                    "Access.",
                    call.principal.arn, bucket->name));
  }
  s3.store.SetBucketPolicy(bucket->name, pinned);
  call.reply_status = 204;
  return JsonObject{};
}

Json GetBucketPolicy(const S3& s3, wire::Call& call) {
  call.reply_headers.Set("content-type", "application/json");
  return JsonObject{{"Policy", s3.authorizer.ShowPolicy(BucketWithPolicy(s3, call)->policy)}};
}

Json DeleteBucketPolicy(const S3& s3, wire::Call& call) {
  s3.store.SetBucketPolicy(BucketOf(s3, call)->name, "");
  return JsonObject{};
}

Json GetBucketPolicyStatus(const S3& s3, wire::Call& call) {
  const auto bucket = BucketWithPolicy(s3, call);
  return JsonObject{{"PolicyStatus", JsonObject{{"IsPublic", IsPublicPolicy(bucket->policy_document)}}}};
}

// The policy itself is asked, but never of the account's root: no policy can lock it out of reading, replacing or
// deleting the policy (docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html).
S3Rule OnPolicy(const std::string& action) {
  return [rule = OnBucket(action)](const S3& s3, const wire::Call& call) {
    auto accesses = rule(s3, call);
    if (call.principal.identity_arn == "arn:aws:iam::" + BucketOf(s3, call)->account + ":root") {
      for (wire::Access& access : accesses) access.resource_policy = nullptr;
    }
    return accesses;
  };
}

}  // namespace

void AddBucketPolicyOperations(S3Table& table) {
  table.Add("PutBucketPolicy", PutBucketPolicy, OnPolicy("s3:PutBucketPolicy"));
  table.Add("GetBucketPolicy", GetBucketPolicy, OnPolicy("s3:GetBucketPolicy"));
  table.Add("DeleteBucketPolicy", DeleteBucketPolicy, OnPolicy("s3:DeleteBucketPolicy"));
  table.Add("GetBucketPolicyStatus", GetBucketPolicyStatus, OnBucket("s3:GetBucketPolicyStatus"));
}

}  // namespace sagebrush::objects
