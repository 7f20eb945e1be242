#pragma once

#include "objects/object.h"

// Who pays for requests to a bucket. Where the requester does, nobody may ask who does not sign.
namespace sagebrush::objects {

inline constexpr std::string_view kRequestPayment = "RequestPaymentConfiguration";

inline bool RequesterPays(const Bucket& bucket) {
  const Json* const configuration = ConfigurationOf(bucket, kRequestPayment);
  return configuration != nullptr && GetString(*configuration, "Payer") == "Requester";
}

}  // namespace sagebrush::objects
