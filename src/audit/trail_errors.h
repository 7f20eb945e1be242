#pragma once

#include "base/error.h"

namespace sagebrush::audit {

// CloudTrail's errors, as its service model declares them.
inline constexpr ErrorKind kInvalidNextToken{"InvalidNextTokenException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidAttributes{"InvalidLookupAttributesException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidTimeRange{"InvalidTimeRangeException", 400, Fault::kClient};
inline constexpr ErrorKind kInvalidCategory{"InvalidEventCategoryException", 400, Fault::kClient};

}  // namespace sagebrush::audit
