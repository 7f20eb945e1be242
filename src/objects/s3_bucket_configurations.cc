// What a bucket is configured with, a row each: a document that is put, got and deleted whole.
#include <array>

#include "objects/acl.h"
#include "objects/bucket_encryption.h"
#include "objects/cors.h"
#include "objects/errors.h"
#include "objects/notifications.h"
#include "objects/public_access_block.h"
#include "objects/request_payment.h"
#include "objects/s3.h"
#include "objects/website.h"

namespace sagebrush::objects {
namespace {

struct BucketConfiguration {
  std::string_view noun;    // Of the operations: Put<noun>, Get<noun> and, where `deletable`, Delete<noun>.
  std::string_view member;  // Of the input that puts it, and its name in Bucket::configurations.
  // Where the answer has it: under `member`, or its members by themselves.
  enum class Answer { kNested, kFlat } answer;
  bool deletable;
  std::string_view put_action, get_action;  // Without s3:; deleting needs what putting needs.
  ErrorKind missing;                        // Where there is none.
  std::string_view missing_text;
  // Throws for what the service model allows and S3 does not.
  void (*check)(const Bucket& bucket, const Json& document);
  Json (*standard)() = nullptr;                // What stands where none was put, instead of `missing`.
  void (*complete)(Json& document) = nullptr;  // Says what a document means that leaves it out.
};

void AcceptAll(const Bucket&, const Json&) {}

void CheckOwnershipControls(const Bucket& bucket, const Json& document) {
  const Json* const rules = Find(document, "Rules");
  if (rules == nullptr || !rules->is_array() || rules->get_array().size() != 1) {
    throw Error(kMalformedXml,
                "The XML you provided was not well-formed or did not validate against our published "
                "schema: OwnershipControls has exactly one Rule");
  }
  const std::string ownership = GetString(rules->get_array().front(), "ObjectOwnership");
  CheckObjectOwnership(ownership);
  if (ownership == kBucketOwnerEnforced && AclOf(bucket) != OwnersOnly(bucket.account)) {
    throw Error(kInvalidBucketAclWithObjectOwnership,
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
  }
}

void RefuseAcceleration(const Bucket&, const Json& document) {
  if (GetString(document, "Status") != "Enabled") return;
  throw Error(kNotImplemented, "Transfer acceleration is not implemented: there are no edge locations.");
}

void RefuseLogging(const Bucket&, const Json& document) {
  if (Find(document, "LoggingEnabled") == nullptr) return;
  throw Error(kNotImplemented,
              "Server access logs are not implemented: look into the server's audit trail (docs/security.md) instead.");
}

// docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html: the answer has all four.
void CompletePublicAccessBlock(Json& document) {
  const Json all = BlockedPublicAccess();
  for (const auto& setting : all.as_object()) {
    document.as_object().emplace(setting.key(), false);  // Unless it is there.
  }
}

constexpr ErrorKind kNeverMissing{"", 0, Fault::kClient};  // There is a standard.

constexpr std::array kConfigurations{
    BucketConfiguration{"PublicAccessBlock", kPublicAccessBlock, BucketConfiguration::Answer::kNested, true,
                        "PutBucketPublicAccessBlock", "GetBucketPublicAccessBlock", kNoSuchPublicAccessBlock,
                        "The public access block configuration was not found", AcceptAll, nullptr,
                        CompletePublicAccessBlock},
    BucketConfiguration{"BucketEncryption",
                        kBucketEncryption,
                        BucketConfiguration::Answer::kNested,
                        true,
                        "PutEncryptionConfiguration",
                        "GetEncryptionConfiguration",
                        {},
                        "",
                        [](const Bucket&, const Json& document) { CheckBucketEncryption(document); },
                        DefaultBucketEncryption},
    BucketConfiguration{"BucketOwnershipControls", kOwnershipControls, BucketConfiguration::Answer::kNested, true,
                        "PutBucketOwnershipControls", "GetBucketOwnershipControls", kOwnershipControlsNotFound,
                        "The bucket ownership controls were not found", CheckOwnershipControls},
    BucketConfiguration{"BucketCors", kCors, BucketConfiguration::Answer::kFlat, true, "PutBucketCORS", "GetBucketCORS",
                        kNoSuchCorsConfiguration, "The CORS configuration does not exist",
                        [](const Bucket&, const Json& document) { CheckCors(document); }},
    BucketConfiguration{"BucketWebsite", kWebsite, BucketConfiguration::Answer::kFlat, true, "PutBucketWebsite",
                        "GetBucketWebsite", kNoSuchWebsiteConfiguration,
                        "The specified bucket does not have a website configuration",
                        [](const Bucket&, const Json& document) { CheckWebsite(document); }},
    BucketConfiguration{"BucketRequestPayment", kRequestPayment, BucketConfiguration::Answer::kFlat, false,
                        "PutBucketRequestPayment", "GetBucketRequestPayment", kNeverMissing, "", AcceptAll,
                        []() -> Json { return JsonObject{{"Payer", "BucketOwner"}}; }},
    BucketConfiguration{"BucketAccelerateConfiguration", "AccelerateConfiguration", BucketConfiguration::Answer::kFlat,
                        false, "PutAccelerateConfiguration", "GetAccelerateConfiguration", kNeverMissing, "",
                        RefuseAcceleration, []() -> Json { return JsonObject{}; }},
    BucketConfiguration{"BucketLogging", "BucketLoggingStatus", BucketConfiguration::Answer::kFlat, false,
                        "PutBucketLogging", "GetBucketLogging", kNeverMissing, "", RefuseLogging,
                        []() -> Json { return JsonObject{}; }},
    BucketConfiguration{"BucketNotificationConfiguration", kNotifications, BucketConfiguration::Answer::kFlat, false,
                        "PutBucketNotification", "GetBucketNotification", kNeverMissing, "",
                        [](const Bucket&, const Json& document) { CheckNotifications(document); },
                        []() -> Json { return JsonObject{}; }},
};

Json Put(const S3& s3, const wire::Call& call, const BucketConfiguration& configuration) {
  const auto bucket = BucketOf(s3, call);
  const Json* const document = Find(call.input, configuration.member);
  if (document == nullptr) throw Error(kMalformedXml, fmt::format("Give {}.", configuration.member));
  configuration.check(*bucket, *document);
  Json kept = *document;
  if (configuration.complete != nullptr) configuration.complete(kept);
  s3.store.SetBucketConfiguration(bucket->name, std::string(configuration.member), kept);
  return JsonObject{};
}

Json Get(const S3& s3, const wire::Call& call, const BucketConfiguration& configuration) {
  const auto bucket = BucketOf(s3, call);
  const Json* const document = ConfigurationOf(*bucket, configuration.member);
  Json shown = document != nullptr ? *document : Json(nullptr);
  if (document == nullptr && configuration.standard != nullptr) shown = configuration.standard();
  if (shown.is_null()) {
    throw Error(configuration.missing, std::string(configuration.missing_text),
                JsonObject{{"BucketName", bucket->name}});
  }
  if (configuration.answer == BucketConfiguration::Answer::kFlat) return shown;
  return JsonObject{{configuration.member, std::move(shown)}};
}

Json Delete(const S3& s3, const wire::Call& call, const BucketConfiguration& configuration) {
  s3.store.SetBucketConfiguration(BucketOf(s3, call)->name, std::string(configuration.member), nullptr);
  return JsonObject{};
}

void Add(S3Table& table, const BucketConfiguration& configuration) {
  using Verb = Json (*)(const S3&, const wire::Call&, const BucketConfiguration&);
  const auto add = [&](std::string_view name, Verb verb, std::string_view action) {
    table.Add(
        fmt::format("{}{}", name, configuration.noun),
        [verb, &configuration](const S3& s3, wire::Call& call) { return verb(s3, call, configuration); },
        OnBucket(fmt::format("s3:{}", action)));
  };
  add("Put", Put, configuration.put_action);
  add("Get", Get, configuration.get_action);
  if (configuration.deletable) add("Delete", Delete, configuration.put_action);
}

}  // namespace

void AddBucketConfigurationOperations(S3Table& table) {
  for (const BucketConfiguration& configuration : kConfigurations) Add(table, configuration);
}

}  // namespace sagebrush::objects
