#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "identity/evaluation.h"
#include "identity/server_key.h"
#include "wire/call.h"

// The whole of a denial, as sts:DecodeAuthorizationMessage tells it: who, what, on what, with which keys. It travels
// sealed in a header of the refusal (gateway/failure.h).
namespace sagebrush::identity {

// At most 10,240 characters, which is all that DecodeAuthorizationMessage takes: of a larger one the keys are left out.
std::string EncodeDecision(const ServerKey& key, const wire::Principal& principal, const wire::Access& access,
                           const Decision& decision);
// The JSON text; nullopt: not made by this server for `account`.
std::optional<std::string> DecodeDecision(const ServerKey& key, const std::string& account, std::string_view encoded);

}  // namespace sagebrush::identity
