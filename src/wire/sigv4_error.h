#pragma once

#include <string_view>

#include "base/error.h"
#include "wire/http.h"

namespace sagebrush::wire {

// AWS's services answer a failed authentication in four ways.
enum class ErrorFamily { kS3, kJson, kRestJson, kQuery };

// `signing_name` is empty when the request is not signed: then what it looks like decides.
ErrorFamily FamilyOf(const HttpRequest& request, std::string_view signing_name);

enum class AuthenticationFailure {
  kNotSigned,
  kUnreadable,    // Claims to be signed, but lacks a part.
  kUnknownKey,    // No such access key, or not active.
  kInvalidToken,  // The session token is missing, not ours or not of this key.
  kExpiredToken,
  kMismatch,  // Signed with another secret or for another request.
  kSkewed,    // Signed too long ago or in the future.
};

const ErrorKind& KindOf(AuthenticationFailure failure, ErrorFamily family);

}  // namespace sagebrush::wire
