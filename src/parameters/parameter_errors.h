#pragma once

#include "base/error.h"

namespace sagebrush::parameters {

// The error rows of Parameter Store.
inline constexpr ErrorKind kParameterNotFound{"ParameterNotFound", 400, Fault::kClient};
inline constexpr ErrorKind kVersionNotFound{"ParameterVersionNotFound", 400, Fault::kClient};
inline constexpr ErrorKind kParameterExists{"ParameterAlreadyExists", 400, Fault::kClient};
inline constexpr ErrorKind kVersionLimit{"ParameterMaxVersionLimitExceeded", 400, Fault::kClient};
inline constexpr ErrorKind kLabelLimit{"ParameterVersionLabelLimitExceeded", 400, Fault::kClient};
inline constexpr ErrorKind kLevelLimit{"HierarchyLevelLimitExceededException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidAllowedPattern{"InvalidAllowedPatternException", 400, Fault::kClient};
inline constexpr ErrorKind kPatternMismatch{"ParameterPatternMismatchException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidPolicyType{"InvalidPolicyTypeException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidKeyId{"InvalidKeyId", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidFilterKey{"InvalidFilterKey", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidFilterOption{"InvalidFilterOption", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidFilterValue{"InvalidFilterValue", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidToken{"InvalidNextToken", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidResourceType{"InvalidResourceType", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidResourceId{"InvalidResourceId", 400, Fault::kClient};
inline constexpr ErrorKind kTooManyTags{"TooManyTagsError", 400, Fault::kClient};
inline constexpr ErrorKind kKmsDenied{"AccessDeniedException", 400, Fault::kClient};

}  // namespace sagebrush::parameters
