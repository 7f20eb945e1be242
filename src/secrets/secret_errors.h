#pragma once

#include "base/error.h"

namespace sagebrush::secrets {

// The error rows of Secrets Manager.
inline constexpr ErrorKind kSecretNotFound{"ResourceNotFoundException", 400, Fault::kClient};
inline constexpr ErrorKind kSecretExists{"ResourceExistsException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidRequest{"InvalidRequestException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidParameter{"InvalidParameterException", 400, Fault::kClient};
inline constexpr ErrorKind kSecretLimitExceeded{"LimitExceededException", 400, Fault::kClient};
inline constexpr ErrorKind kEncryptionFailure{"EncryptionFailure", 400, Fault::kClient};
inline constexpr ErrorKind kDecryptionFailure{"DecryptionFailure", 400, Fault::kClient};
inline constexpr ErrorKind kSecretPolicyMalformed{"MalformedPolicyDocumentException", 400, Fault::kClient};
inline constexpr ErrorKind kPublicPolicy{"PublicPolicyException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidNextToken{"InvalidNextTokenException", 400, Fault::kClient};
inline constexpr ErrorKind kSecretAccessDenied{"AccessDeniedException", 400, Fault::kClient};

}  // namespace sagebrush::secrets
