#pragma once

#include "base/error.h"

namespace sagebrush::keys {

// The error rows of KMS.
inline constexpr ErrorKind kKeyNotFound{"NotFoundException", 400, Fault::kClient};
inline constexpr ErrorKind kKeyDisabled{"DisabledException", 400, Fault::kClient};
inline constexpr ErrorKind kKeyState{"KMSInvalidStateException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidCiphertext{"InvalidCiphertextException", 400, Fault::kClient};
inline constexpr ErrorKind kIncorrectKey{"IncorrectKeyException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidKeyUsage{"InvalidKeyUsageException", 400, Fault::kClient};
inline constexpr ErrorKind kAlreadyExists{"AlreadyExistsException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidAliasName{"InvalidAliasNameException", 400, Fault::kClient};
inline constexpr ErrorKind kKeyLimitExceeded{"LimitExceededException", 400, Fault::kClient};
inline constexpr ErrorKind kKeyPolicyMalformed{"MalformedPolicyDocumentException", 400, Fault::kClient};
inline constexpr ErrorKind kUnsupported{"UnsupportedOperationException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidMarker{"InvalidMarkerException", 400, Fault::kClient};
inline constexpr ErrorKind kTag{"TagException", 400, Fault::kClient};
inline constexpr ErrorKind kDryRun{"DryRunOperationException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidArn{"InvalidArnException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidGrantToken{"InvalidGrantTokenException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidSignature{"KMSInvalidSignatureException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidMac{"KMSInvalidMacException", 400, Fault::kClient};
inline constexpr ErrorKind kIncorrectMaterial{"IncorrectKeyMaterialException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidImportToken{"InvalidImportTokenException", 400, Fault::kClient};
inline constexpr ErrorKind kExpiredImportToken{"ExpiredImportTokenException", 400, Fault::kClient};
inline constexpr ErrorKind kConflict{"ConflictException", 400, Fault::kClient};
inline constexpr ErrorKind kKeyAccessDenied{"AccessDeniedException", 400, Fault::kClient};

}  // namespace sagebrush::keys
