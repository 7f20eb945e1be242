#pragma once

#include "base/error.h"

namespace sagebrush::telemetry {

// The error rows of CloudWatch Logs.
inline constexpr ErrorKind kLogsNotFound{"ResourceNotFoundException", 400, Fault::kClient};
inline constexpr ErrorKind kLogsExists{"ResourceAlreadyExistsException", 400, Fault::kClient};
inline constexpr ErrorKind kLogsInvalidParameter{"InvalidParameterException", 400, Fault::kClient};
inline constexpr ErrorKind kLogsTooManyTags{"TooManyTagsException", 400, Fault::kClient};

}  // namespace sagebrush::telemetry
