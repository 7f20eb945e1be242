#include "objects/bucket_encryption.h"

#include "objects/errors.h"
#include "objects/s3_encryption.h"

namespace sagebrush::objects {
namespace {

constexpr std::string_view kCustomerKeys = "SSE-C";

}  // namespace

BucketEncryption BucketEncryptionOf(const Bucket& bucket) {
  BucketEncryption encryption;
  const Json* const document = ConfigurationOf(bucket, kBucketEncryption);
  if (document == nullptr) return encryption;
  const Json& rule = document->at("Rules").at(0);
  encryption.kms_key = GetString(rule, "ApplyServerSideEncryptionByDefault.KMSMasterKeyID");
  encryption.bucket_key = GetBool(rule, "BucketKeyEnabled");
  if (GetString(rule, "ApplyServerSideEncryptionByDefault.SSEAlgorithm") == kKmsName) {
    encryption.form = EncryptionForm::kKms;
  }
  if (const Json* blocked = Find(rule, "BlockedEncryptionTypes.EncryptionType"); blocked != nullptr) {
    encryption.blocks_customer_keys = false;
    for (const Json& type : blocked->as_array()) encryption.blocks_customer_keys |= type.as_string() == kCustomerKeys;
  }
  return encryption;
}

Json DefaultBucketEncryption() {
  JsonObject rule{{"ApplyServerSideEncryptionByDefault", JsonObject{{"SSEAlgorithm", kOwnKeyName}}},
                  {"BucketKeyEnabled", false},
                  {"BlockedEncryptionTypes", JsonObject{{"EncryptionType", JsonArray{Json(kCustomerKeys)}}}}};
  return JsonObject{{"Rules", JsonArray{std::move(rule)}}};
}

void CheckBucketEncryption(const Json& document) {
  const JsonArray& rules = document.at("Rules").as_array();
  if (rules.size() != 1) {
    throw Error(kMalformedXml,
                "The XML you provided was not well-formed or did not validate against our published "
                "schema: give one Rule");
  }
  const Json* const rule = Find(rules[0], "ApplyServerSideEncryptionByDefault");
  if (rule == nullptr) return;
  const std::string algorithm = GetString(*rule, "SSEAlgorithm");
  CheckAlgorithm(algorithm);
  if (algorithm != kKmsName && Find(*rule, "KMSMasterKeyID") != nullptr) {
    throw Error(kInvalidArgument,
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
                "aws:kms:dsse");
  }
}

}  // namespace sagebrush::objects
