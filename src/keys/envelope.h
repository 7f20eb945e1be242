#pragma once

#include <string_view>

#include "base/json.h"
#include "base/secret.h"
#include "wire/api.h"

// How other services keep a text under a KMS key: sealed with a data key, which lies beside it as KMS encrypted it. KMS
// is asked as the caller of `call`, through `service` ("secretsmanager"), so that the caller's rights and the key's
// state decide each time.
namespace sagebrush::keys {

// {KeyId (the key's ARN), DataKey, Sealed}. `key`: as KMS takes its names. `context`: an object of strings, which
// opening needs again. Throws the Error of KMS.
Json SealUnderKey(const wire::Api& api, const wire::Call& call, std::string_view service, std::string_view key,
                  const JsonObject& context, std::string_view text);
// Throws the Error of KMS; Error(InvalidCiphertextException) when the envelope is not one of this key and context.
Secret OpenEnvelope(const wire::Api& api, const wire::Call& call, std::string_view service, const Json& envelope,
                    const JsonObject& context);

// The same for a text of at most 4,096 bytes, which KMS encrypts itself: the CiphertextBlob.
std::string EncryptUnderKey(const wire::Api& api, const wire::Call& call, std::string_view service,
                            std::string_view key, const JsonObject& context, std::string_view text);
Secret DecryptUnderKey(const wire::Api& api, const wire::Call& call, std::string_view service,
                       const JsonObject& context, std::string_view blob);

}  // namespace sagebrush::keys
