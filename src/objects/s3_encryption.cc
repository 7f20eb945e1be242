#include "objects/s3_encryption.h"

#include "base/encoding.h"
#include "objects/bucket_encryption.h"
#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

constexpr std::string_view kHeader = "x-amz-server-side-encryption";
constexpr std::size_t kContextMax = 8192;  // Of KMS: 8 KiB.

[[noreturn]] void ThrowInvalid(std::string_view header, const std::string& message) {
  throw Error(kInvalidArgument, message, JsonObject{{"ArgumentName", header}});
}

// {"name": "text", ...} in base64, as KMS takes it.
std::string ReadContext(const wire::Call& call) {
  const std::string given = GetString(call.input, "SSEKMSEncryptionContext");
  std::string text;
  bool is_context = FromBase64(given, text) && text.size() <= kContextMax;
  if (is_context && !text.empty()) {
    try {
      const Json document = ParseJson(text);
      is_context = document.is_object();
      if (is_context) {
        for (const auto& entry : document.get_object()) is_context &= entry.value().is_string();
      }
    } catch (const Error&) {
      is_context = false;
    }
  }
  if (is_context) return text;
  ThrowInvalid("x-amz-server-side-encryption-context",
               "The encryption context is not a JSON object of texts in base64, of 8 KiB at most.");
}

// The form that the call's own headers ask for; nullopt: none.
std::optional<EncryptionForm> AskedForm(const wire::Call& call) {
  const std::string algorithm = GetString(call.input, "ServerSideEncryption");
  const bool customer = Find(call.input, "SSECustomerAlgorithm") || Find(call.input, "SSECustomerKey") ||
                        Find(call.input, "SSECustomerKeyMD5");
  if (customer && !algorithm.empty()) {
    ThrowInvalid(kHeader,
                 "Server Side Encryption with Customer provided key is incompatible with the encryption "
                 "method specified");
  }
  if (customer) return EncryptionForm::kCustomer;
  if (!algorithm.empty()) CheckAlgorithm(algorithm);
  const bool kms = Find(call.input, "SSEKMSKeyId") || Find(call.input, "SSEKMSEncryptionContext");
  if (kms && algorithm != kKmsName) {
    ThrowInvalid(kHeader,
                 "Server Side Encryption with AWS KMS managed key requires HTTP header "
                 "x-amz-server-side-encryption : aws:kms");
  }
  if (algorithm.empty()) return std::nullopt;
  return algorithm == kKmsName ? EncryptionForm::kKms : EncryptionForm::kS3;
}

Requester RequesterOf(const wire::Call& call, const Bucket& bucket) { return {call.principal, bucket.region}; }

}  // namespace

void CheckAlgorithm(std::string_view algorithm) {
  if (algorithm == kOwnKeyName || algorithm == kKmsName) return;
  if (algorithm == "aws:kms:dsse") {
    throw Error(
        kNotImplemented,
        "A header you provided implies functionality that is not implemented: x-amz-server-side-encryption: "
        "aws:kms:dsse: bytes are encrypted once, with AES-256-GCM, and calling that two layers would claim what "
        "is not so. Use aws:kms.",
        JsonObject{{"Header", kHeader}});
  }
  ThrowInvalid(kHeader,
               fmt::format("The encryption method specified is not supported: {}. Use AES256 or aws:kms.", algorithm));
}

EncryptionRequest ReadEncryption(const wire::Call& call, const Bucket& bucket) {
  const BucketEncryption standard = BucketEncryptionOf(bucket);
  const auto asked = AskedForm(call);
  EncryptionRequest request{.form = asked.value_or(standard.form)};
  if (request.form == EncryptionForm::kCustomer) {
    request.customer_key = ReadCustomerKey(call);
    if (standard.blocks_customer_keys) {
      throw Error(kS3AccessDenied,
                  "Access Denied: the bucket blocks SSE-C, as new buckets do. PutBucketEncryption with "
                  "BlockedEncryptionTypes NONE allows it.");
    }
  }
  if (request.form != EncryptionForm::kKms) return request;
  request.kms_key = asked ? GetString(call.input, "SSEKMSKeyId") : standard.kms_key;
  if (Find(call.input, "SSEKMSEncryptionContext") != nullptr) request.kms_context = ReadContext(call);
  request.bucket_key = GetBool(call.input, "BucketKeyEnabled", standard.bucket_key);
  return request;
}

std::optional<SecretKey> ReadCustomerKey(const wire::Call& call, std::string_view prefix) {
  const auto member = [&](std::string_view name) {
    return OptionalString(call.input, fmt::format("{}SSECustomer{}", prefix, name));
  };
  const std::string header =
      fmt::format("x-amz-{}server-side-encryption-customer-", prefix.empty() ? "" : "copy-source-");
  const auto algorithm = member("Algorithm"), key = member("Key"), md5 = member("KeyMD5");
  if (!algorithm && !key && !md5) return std::nullopt;
  // docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html: HTTP is refused.
  if (call.http != nullptr && !call.http->tls) {
    throw Error(kInvalidRequest,
                "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure "
                "connection: use the server's TLS address, which `sagebrush serve` prints.");
  }
  if (!algorithm) {
    ThrowInvalid(header + "algorithm",
                 "Requests specifying Server Side Encryption with Customer provided keys must "
                 "provide a valid encryption algorithm.");
  }
  if (*algorithm != kOwnKeyName) {
    throw Error(kInvalidEncryptionAlgorithm,
                "The encryption request you specified is not valid. The valid value is "
                "AES256.");
  }
  if (!key) {
    ThrowInvalid(header + "key",
                 "Requests specifying Server Side Encryption with Customer provided keys must provide "
                 "an appropriate secret key.");
  }
  if (!md5) {
    ThrowInvalid(header + "key-MD5",
                 "Requests specifying Server Side Encryption with Customer provided keys must "
                 "provide the client calculated MD5 of the secret key.");
  }
  std::string bytes, digest;
  if (!FromBase64(*key, bytes) || bytes.size() != SecretKey::kSize) {
    ThrowInvalid(header + "key", "The secret key was invalid for the specified algorithm.");
  }
  if (!FromBase64(*md5, digest) || digest != ComputeDigest(DigestAlgorithm::kMd5, bytes)) {
    ThrowInvalid(header + "key-MD5", "The calculated MD5 hash of the key did not match the hash that was provided.");
  }
  return SecretKey(bytes);
}

void RefuseEncryptionHeader(const wire::Call& call) {
  const auto given = call.http == nullptr ? std::nullopt : call.http->headers.Get(kHeader);
  if (given) ThrowInvalid(kHeader, fmt::format("{} header is not supported for this operation.", kHeader));
}

ObjectKey NewObjectKey(const S3& s3, const wire::Call& call, const Bucket& bucket, const std::string& key,
                       const std::optional<SecretKey>& data_key) {
  return s3.keys.Make(RequesterOf(call, bucket), bucket.name, key, ReadEncryption(call, bucket), data_key);
}

void Unlock(const S3& s3, const wire::Call& call, const Bucket& bucket, OpenedObject& opened, std::string_view prefix) {
  opened.data_key = s3.keys.Open(RequesterOf(call, bucket), bucket.name, opened.object.key, opened.object.encryption,
                                 ReadCustomerKey(call, prefix));
}

void CheckCustomerKey(const S3& s3, const wire::Call& call, const Bucket& bucket, const Object& object) {
  const auto key = ReadCustomerKey(call);
  if (!key && object.encryption.form != EncryptionForm::kCustomer) return;  // And nobody has to ask KMS.
  s3.keys.Open(RequesterOf(call, bucket), bucket.name, object.key, object.encryption, key);
}

void AddEncryption(const Encryption& encryption, const wire::Call& call, JsonObject& output) {
  switch (encryption.form) {
    case EncryptionForm::kNone:
      break;
    case EncryptionForm::kS3:
      output["ServerSideEncryption"] = kOwnKeyName;
      break;
    case EncryptionForm::kKms:
      output["ServerSideEncryption"] = kKmsName;
      if (!encryption.kms_key.empty()) output["SSEKMSKeyId"] = encryption.kms_key;
      if (encryption.bucket_key) output["BucketKeyEnabled"] = true;
      break;
    case EncryptionForm::kCustomer:
      output["SSECustomerAlgorithm"] = kOwnKeyName;
      if (const auto md5 = OptionalString(call.input, "SSECustomerKeyMD5")) output["SSECustomerKeyMD5"] = *md5;
      break;
  }
}

void AddNewEncryption(const Encryption& encryption, const wire::Call& call, JsonObject& output) {
  AddEncryption(encryption, call, output);
  if (!encryption.kms_context.empty()) output["SSEKMSEncryptionContext"] = ToBase64(encryption.kms_context);
}

}  // namespace sagebrush::objects
