#pragma once

#include "objects/key_service.h"

namespace sagebrush::wire {
class Api;
}

namespace sagebrush::objects {

// The server's own KMS.
class ApiKeyService : public KeyService {
 public:
  explicit ApiKeyService(const wire::Api& api) : api_(api) {}  // It outlives this.

  DataKey Generate(const Requester& who, const std::string& key, const JsonObject& context) const override;
  SecretKey Unwrap(const Requester& who, const std::string& key_arn, const std::string& wrapped,
                   const JsonObject& context) const override;

 private:
  Json Ask(const Requester& who, std::string_view operation, JsonObject input) const;

  const wire::Api& api_;
};

}  // namespace sagebrush::objects
