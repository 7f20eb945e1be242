#include "objects/api_key_service.h"

#include "base/error.h"
#include "base/memory_only.h"
#include "objects/errors.h"
#include "wire/api.h"

namespace sagebrush::objects {
namespace {

// What S3 makes of KMS's errors: the KMS.* codes of docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
constexpr ErrorKind kKmsErrors[] = {
    {"KMS.DisabledException", 400, Fault::kClient},        {"KMS.InvalidCiphertextException", 400, Fault::kClient},
    {"KMS.InvalidKeyUsageException", 400, Fault::kClient}, {"KMS.KMSInvalidStateException", 400, Fault::kClient},
    {"KMS.NotFoundException", 400, Fault::kClient},        {"KMS.ValidationException", 400, Fault::kClient},
};
constexpr std::size_t kPrefixSize = 4;

ErrorKind AsOfS3(const ErrorKind& kind) {
  if (kind.code == kAccessDenied.code) return kS3AccessDenied;
  for (const ErrorKind& row : kKmsErrors) {
    if (row.code.substr(kPrefixSize) == kind.code) return row;
  }
  return kind;
}

}  // namespace

KeyService::DataKey ApiKeyService::Generate(const Requester& who, const std::string& key,
                                            const JsonObject& context) const {
  const Json made =
      Ask(who, "GenerateDataKey", {{"KeyId", key}, {"KeySpec", "AES_256"}, {"EncryptionContext", context}});
  return {GetString(made, "KeyId"), SecretKey(GetString(made, "Plaintext")), GetString(made, "CiphertextBlob")};
}

SecretKey ApiKeyService::Unwrap(const Requester& who, const std::string& key_arn, const std::string& wrapped,
                                const JsonObject& context) const {
  const Json opened =
      Ask(who, "Decrypt", {{"KeyId", key_arn}, {"CiphertextBlob", wrapped}, {"EncryptionContext", context}});
  return SecretKey(GetString(opened, "Plaintext"));
}

Json ApiKeyService::Ask(const Requester& who, std::string_view operation, JsonObject input) const {
  MemoryOnly::Check();  // Each call is in the audit trail: none is made twice.
  wire::Principal principal = who.principal;
  principal.via_service = fmt::format("s3.{}.amazonaws.com", who.region);
  try {
    return api_.Call(std::move(principal), who.region, "kms", operation, Json(std::move(input)));
  } catch (const Error& error) {
    throw Error(AsOfS3(error.kind()), error.what());
  }
}

}  // namespace sagebrush::objects
