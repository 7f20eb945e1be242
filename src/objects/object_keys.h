#pragma once

#include <optional>
#include <string>

#include "objects/encryption.h"
#include "objects/key_service.h"

namespace sagebrush::objects {

// How a new object is to be encrypted.
struct EncryptionRequest {
  EncryptionForm form = EncryptionForm::kS3;  // Not kNone.
  std::string kms_key{};                      // kKms: id, ARN or alias; empty: alias/aws/s3.
  std::string kms_context{};                  // As Encryption::kms_context.
  bool bucket_key = false;
  std::optional<SecretKey> customer_key{};  // Set for kCustomer.
};

// Makes and opens the data keys of objects. Each is sealed with a key that belongs to the form of encryption: one
// derived from the server's own, one of KMS, or the customer's, which is kept nowhere; and for the name of its object,
// so that no other object's is taken for it. Safe to call from any thread; what KMS has to do with may block.
class ObjectKeys {
 public:
  // What is asked to be encrypted with the server's own key.
  enum class OwnKey {
    kEncrypts,
    kNotNeeded,  // The operator vouches for the disk: it is stored plain.
  };
  // `kms` outlives it. `server_key` is used for nothing else.
  ObjectKeys(const KeyService& kms, const SecretKey& server_key, OwnKey own_key)
      : kms_(kms), server_key_(server_key), own_key_(own_key) {}

  // The key of a new object. `data_key`: of the object that it shares its stored bytes with. Throws the errors of
  // KeyService.
  ObjectKey Make(const Requester& who, const std::string& bucket, const std::string& key,
                 const EncryptionRequest& request, const std::optional<SecretKey>& data_key = {}) const;
  // The data key of an object. nullopt: it is stored plain. Throws kInvalidRequest when a customer's key is missing or
  // given for nothing, kS3AccessDenied when it is another one, and the errors of KeyService.
  std::optional<SecretKey> Open(const Requester& who, const std::string& bucket, const std::string& key,
                                const Encryption& encryption, const std::optional<SecretKey>& customer_key = {}) const;

 private:
  SecretKey SealingKey(const Requester& who, const std::string& object, const Encryption& encryption,
                       const std::optional<SecretKey>& customer_key) const;

  const KeyService& kms_;
  const SecretKey server_key_;
  const OwnKey own_key_;
};

}  // namespace sagebrush::objects
