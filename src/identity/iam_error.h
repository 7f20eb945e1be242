#pragma once

#include "base/error.h"

namespace sagebrush::identity {

// IAM's and STS's errors, as their service models declare them.
inline constexpr ErrorKind kNoSuchEntity{"NoSuchEntity", 404, Fault::kClient};
inline constexpr ErrorKind kEntityAlreadyExists{"EntityAlreadyExists", 409, Fault::kClient};
inline constexpr ErrorKind kDeleteConflict{"DeleteConflict", 409, Fault::kClient};
inline constexpr ErrorKind kLimitExceeded{"LimitExceeded", 409, Fault::kClient};
inline constexpr ErrorKind kConcurrentModification{"ConcurrentModification", 409, Fault::kClient};
inline constexpr ErrorKind kMalformedPolicy{"MalformedPolicyDocument", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidInput{"InvalidInput", 400, Fault::kClient};
inline constexpr ErrorKind kReportNotPresent{"ReportNotPresent", 410, Fault::kClient};
inline constexpr ErrorKind kReportExpired{"ReportExpired", 410, Fault::kClient};
inline constexpr ErrorKind kInvalidIdentityToken{"InvalidIdentityToken", 400, Fault::kClient};
inline constexpr ErrorKind kExpiredIdentityToken{"ExpiredTokenException", 400, Fault::kClient};
inline constexpr ErrorKind kProviderUnreachable{"IDPCommunicationError", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidMessage{"InvalidAuthorizationMessageException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidParameterValue{"InvalidParameterValue", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidClientToken{"InvalidClientTokenId", 403, Fault::kClient};
inline constexpr ErrorKind kUnmodifiable{"UnmodifiableEntity", 400, Fault::kClient};
inline constexpr ErrorKind kValidationError{"ValidationError", 400, Fault::kClient};
inline constexpr ErrorKind kPackedPolicyTooLarge{"PackedPolicyTooLarge", 400, Fault::kClient};
inline constexpr ErrorKind kDenied{"AccessDenied", 403, Fault::kClient};

}  // namespace sagebrush::identity
