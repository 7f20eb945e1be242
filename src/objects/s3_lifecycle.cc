// The lifecycle configuration of a bucket. LifecycleWorker makes it true.
#include "objects/s3_lifecycle.h"

#include "base/encoding.h"
#include "objects/errors.h"
#include "objects/lifecycle.h"

namespace sagebrush::objects {
namespace {

constexpr std::string_view kMinimumSize = "TransitionDefaultMinimumObjectSize";
constexpr std::string_view kMinimumSizeDefault = "all_storage_classes_128K";

Json PutBucketLifecycleConfiguration(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  RequireChecksum(call);
  const Json* const given = Find(call.input, kLifecycleConfiguration);
  if (given == nullptr) throw Error(kMalformedXml, "Give a LifecycleConfiguration.");
  Json configuration = *given;
  CheckLifecycle(configuration);
  std::string minimum_size = GetString(call.input, kMinimumSize);
  if (minimum_size.empty()) minimum_size = kMinimumSizeDefault;
  if (minimum_size != kMinimumSizeDefault && minimum_size != "varies_by_storage_class") {
    throw Error(
        kInvalidArgument, "Invalid value for x-amz-transition-default-minimum-object-size header",
        JsonObject{{"ArgumentName", "x-amz-transition-default-minimum-object-size"}, {"ArgumentValue", minimum_size}});
  }
  configuration.as_object()[kMinimumSize] = minimum_size;
  s3.store.SetBucketConfiguration(bucket->name, std::string(kLifecycleConfiguration), configuration);
  return JsonObject{{kMinimumSize, minimum_size}};
}

Json GetBucketLifecycleConfiguration(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const Json* const configuration = ConfigurationOf(*bucket, kLifecycleConfiguration);
  if (configuration != nullptr) return *configuration;
  throw Error(kNoSuchLifecycleConfiguration, "The lifecycle configuration does not exist",
              JsonObject{{"BucketName", bucket->name}});
}

Json DeleteBucketLifecycle(const S3& s3, wire::Call& call) {
  s3.store.SetBucketConfiguration(BucketOf(s3, call)->name, std::string(kLifecycleConfiguration), nullptr);
  return JsonObject{};
}

}  // namespace

void AddExpiration(const S3& s3, const Bucket& bucket, const Object& object, JsonObject& output) {
  const Json* const configuration = ConfigurationOf(bucket, kLifecycleConfiguration);
  if (configuration == nullptr) return;
  const auto end = ExpirationOf(ReadLifecycle(*configuration), object, s3.settings.lifecycle_day);
  if (!end) return;
  output["Expiration"] = fmt::format("expiry-date=\"{}\", rule-id=\"{}\"", ToHttpDate(end->time),
                                     UriEncode(end->rule_id, /*keep_slash=*/false));
}

void AddAbort(const S3& s3, const Bucket& bucket, const Upload& upload, JsonObject& output) {
  const Json* const configuration = ConfigurationOf(bucket, kLifecycleConfiguration);
  if (configuration == nullptr) return;
  const auto end = AbortOf(ReadLifecycle(*configuration), upload.key, upload.initiated, s3.settings.lifecycle_day);
  if (!end) return;
  output["AbortDate"] = Seconds(end->time);
  output["AbortRuleId"] = end->rule_id;
}

void AddLifecycleOperations(S3Table& table) {
  table.Add("PutBucketLifecycleConfiguration", PutBucketLifecycleConfiguration,
            OnBucket("s3:PutLifecycleConfiguration"));
  table.Add("GetBucketLifecycleConfiguration", GetBucketLifecycleConfiguration,
            OnBucket("s3:GetLifecycleConfiguration"));
  table.Add("DeleteBucketLifecycle", DeleteBucketLifecycle, OnBucket("s3:PutLifecycleConfiguration"));
}

}  // namespace sagebrush::objects
