#pragma once

#include <string>
#include <string_view>

#include "objects/object.h"

// A bucket's default encryption, as PutBucketEncryption sets it.
namespace sagebrush::objects {

inline constexpr std::string_view kBucketEncryption = "ServerSideEncryptionConfiguration";

struct BucketEncryption {
  EncryptionForm form = EncryptionForm::kS3;
  std::string kms_key;
  bool bucket_key = false;
  // New objects may not be encrypted with a key of the customer's: S3's default since April 2026
  // (docs.aws.amazon.com/AmazonS3/latest/userguide/default-s3-c-encryption-setting-faq.html).
  bool blocks_customer_keys = true;
};

// Where nothing was set, S3's own default.
BucketEncryption BucketEncryptionOf(const Bucket& bucket);

// What is answered where nothing was set.
Json DefaultBucketEncryption();

// Throws Error: kMalformedXml, kInvalidArgument, kNotImplemented.
void CheckBucketEncryption(const Json& document);

}  // namespace sagebrush::objects
