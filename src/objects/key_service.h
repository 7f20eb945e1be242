#pragma once

#include <string>

#include "base/aead.h"
#include "base/json.h"
#include "wire/call.h"

namespace sagebrush::objects {

// Who asks for something of S3, and in which region the bucket is.
struct Requester {
  const wire::Principal& principal;
  std::string region;
};

// AWS KMS as S3 asks it, in the name of whoever asked S3: his rights and the key's policy decide. Safe to call from any
// thread; may block. Errors are those that S3 answers: kS3AccessDenied, and KMS's own with "KMS." before their codes.
class KeyService {
 public:
  struct DataKey {
    std::string key_arn;  // Of the key of KMS that wraps it.
    SecretKey key;
    std::string wrapped;
  };

  virtual ~KeyService() = default;
  // `key`: id, ARN or alias. `context`: texts that must be the same to unwrap it.
  virtual DataKey Generate(const Requester& who, const std::string& key, const JsonObject& context) const = 0;
  virtual SecretKey Unwrap(const Requester& who, const std::string& key_arn, const std::string& wrapped,
                           const JsonObject& context) const = 0;
};

}  // namespace sagebrush::objects
