#pragma once

#include <optional>
#include <string>

#include "base/aead.h"

namespace sagebrush::objects {

// Whose key protects an object's bytes: what S3 calls SSE-S3, SSE-KMS and SSE-C.
enum class EncryptionForm { kNone, kS3, kKms, kCustomer };

// How an object is encrypted, as it is kept with it. Nothing here is secret.
struct Encryption {
  EncryptionForm form = EncryptionForm::kNone;
  std::string kms_key;      // kKms: ARN.
  std::string kms_context;  // kKms: what the writer gave, a JSON object of texts; empty: nothing.
  bool bucket_key = false;  // kKms: KMS is asked for the bucket, not for the object.
  std::string wrapped_key;  // kKms: what KMS opens.
  // The object's data key, sealed (ObjectKeys). Empty: the bytes are stored plain. Old objects are; and where the
  // operator vouches for the disk, those of kS3.
  std::string sealed_key;

  bool IsStoredPlain() const { return sealed_key.empty(); }
  // Else the entity tag must tell nothing of the bytes.
  bool HasMd5Etag() const { return form == EncryptionForm::kNone || form == EncryptionForm::kS3 || IsStoredPlain(); }
  bool operator==(const Encryption&) const = default;
};

// What a new object is to be encrypted with.
struct ObjectKey {
  Encryption encryption{};
  std::optional<SecretKey> data_key{};  // nullopt: it is stored plain.
};

}  // namespace sagebrush::objects
