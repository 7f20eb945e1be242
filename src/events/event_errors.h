#pragma once

#include "base/error.h"

namespace sagebrush::events {

// The error rows of EventBridge.
inline constexpr ErrorKind kInvalidEventPattern{"InvalidEventPatternException", 400, Fault::kClient};
inline constexpr ErrorKind kEventsNotFound{"ResourceNotFoundException", 400, Fault::kClient};
inline constexpr ErrorKind kEventsLimitExceeded{"LimitExceededException", 400, Fault::kClient};

}  // namespace sagebrush::events
