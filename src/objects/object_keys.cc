#include "objects/object_keys.h"

#include "base/error.h"
#include "base/id.h"
#include "base/log.h"
#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

constexpr std::string_view kDefaultKmsKey = "alias/aws/s3";
constexpr std::size_t kSaltSize = 16;

std::string ArnOf(const std::string& bucket, const std::string& key) {
  return fmt::format("arn:aws:s3:::{}/{}", bucket, key);
}

// <salt> <sealed>: the sealing key may be used for any number of objects.
std::string SealDataKey(const SecretKey& sealing_key, const SecretKey& data_key, const std::string& object) {
  const std::string salt = RandomBytes(kSaltSize);
  return salt + Seal(DeriveKey(sealing_key, salt, object), data_key.bytes(), object);
}

std::optional<SecretKey> UnsealDataKey(const SecretKey& sealing_key, std::string_view sealed,
                                       const std::string& object) {
  if (sealed.size() < kSaltSize) return std::nullopt;
  const auto bytes =
      Unseal(DeriveKey(sealing_key, sealed.substr(0, kSaltSize), object), sealed.substr(kSaltSize), object);
  if (!bytes) return std::nullopt;
  return SecretKey(*bytes);
}

// What KMS is told, so that the key's policy may ask for it and the trail names it: what the writer gave, and the
// object, or with a bucket key its bucket (docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
JsonObject ContextOf(const Encryption& encryption, const std::string& object) {
  JsonObject context;
  if (!encryption.kms_context.empty()) {
    context = ParseStoredJson(encryption.kms_context, "The encryption context of " + object).as_object();
  }
  const std::size_t slash = object.find('/');
  context["aws:s3:arn"] = encryption.bucket_key ? object.substr(0, slash) : object;
  return context;
}

}  // namespace

ObjectKey ObjectKeys::Make(const Requester& who, const std::string& bucket, const std::string& key,
                           const EncryptionRequest& request, const std::optional<SecretKey>& data_key) const {
  Encryption encryption{.form = request.form};
  if (request.form == EncryptionForm::kS3 && own_key_ == OwnKey::kNotNeeded) return {encryption, std::nullopt};
  const std::string object = ArnOf(bucket, key);
  SecretKey sealing_key = request.customer_key.value_or(server_key_);
  if (request.form == EncryptionForm::kKms) {
    encryption.kms_context = request.kms_context;
    encryption.bucket_key = request.bucket_key;
    const std::string kms_key = request.kms_key.empty() ? std::string(kDefaultKmsKey) : request.kms_key;
    const KeyService::DataKey made = kms_.Generate(who, kms_key, ContextOf(encryption, object));
    encryption.kms_key = made.key_arn;
    encryption.wrapped_key = made.wrapped;
    sealing_key = made.key;
  }
  ObjectKey made{std::move(encryption), data_key ? *data_key : SecretKey::Random()};
  made.encryption.sealed_key = SealDataKey(sealing_key, *made.data_key, object);
  return made;
}

std::optional<SecretKey> ObjectKeys::Open(const Requester& who, const std::string& bucket, const std::string& key,
                                          const Encryption& encryption,
                                          const std::optional<SecretKey>& customer_key) const {
  const bool needs_customer = encryption.form == EncryptionForm::kCustomer;
  if (needs_customer != customer_key.has_value()) {
    throw Error(kInvalidRequest, needs_customer
                                     ? "The object was stored using a form of Server Side Encryption. The correct "
                                       "parameters must be provided to retrieve the object."
                                     : "The encryption parameters are not applicable to this object.");
  }
  if (encryption.IsStoredPlain()) return std::nullopt;
  const std::string object = ArnOf(bucket, key);
  auto opened = UnsealDataKey(SealingKey(who, object, encryption, customer_key), encryption.sealed_key, object);
  if (opened) return opened;
  if (needs_customer) throw Error(kS3AccessDenied, "Access Denied: the object was encrypted with another key.");
  LogError("The data key of {} cannot be opened: it was made for another object or by a server with another key.",
           object);
  throw Error(kInternalFailure,
              "The key that object " + key + " was encrypted with cannot be opened; the server's log tells why.");
}

SecretKey ObjectKeys::SealingKey(const Requester& who, const std::string& object, const Encryption& encryption,
                                 const std::optional<SecretKey>& customer_key) const {
  if (encryption.form == EncryptionForm::kCustomer) return customer_key.value();
  if (encryption.form == EncryptionForm::kS3) return server_key_;
  return kms_.Unwrap(who, encryption.kms_key, encryption.wrapped_key, ContextOf(encryption, object));
}

}  // namespace sagebrush::objects
