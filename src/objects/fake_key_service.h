#pragma once

#include <set>
#include <string>

#include "objects/errors.h"
#include "objects/key_service.h"

namespace sagebrush::objects {

// For tests: a KMS that has every key that it is asked for, but those of `disabled`, and keeps none.
class FakeKeyService : public KeyService {
 public:
  DataKey Generate(const Requester& who, const std::string& key, const JsonObject& context) const override {
    const std::string arn = key.starts_with("arn:") ? key : "arn:aws:kms:" + who.region + ":123456789012:key/" + key;
    Require(who, arn);
    const SecretKey made = SecretKey::Random();
    return {arn, made, Seal(master_, made.bytes(), arn + ToText(Json(context)))};
  }
  SecretKey Unwrap(const Requester& who, const std::string& key_arn, const std::string& wrapped,
                   const JsonObject& context) const override {
    Require(who, key_arn);
    const auto opened = Unseal(master_, wrapped, key_arn + ToText(Json(context)));
    if (!opened) throw Error({"KMS.InvalidCiphertextException", 400, Fault::kClient}, "not wrapped so");
    return SecretKey(*opened);
  }

  std::set<std::string> disabled;  // ARNs.
  std::set<std::string> denied;    // Principals' ARNs, who may use no key.

 private:
  void Require(const Requester& who, const std::string& arn) const {
    if (disabled.contains(arn)) throw Error({"KMS.DisabledException", 400, Fault::kClient}, arn + " is disabled.");
    if (denied.contains(who.principal.arn)) throw Error(kS3AccessDenied, "may not use " + arn);
  }

  const SecretKey master_ = SecretKey::Random();
};

}  // namespace sagebrush::objects
