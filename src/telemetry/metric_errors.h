#pragma once

#include "base/error.h"

namespace sagebrush::telemetry {

// The error rows of CloudWatch.
inline constexpr ErrorKind kMetricInvalidValue{"InvalidParameterValue", 400, Fault::kClient};
inline constexpr ErrorKind kMetricInvalidCombination{"InvalidParameterCombination", 400, Fault::kClient};
inline constexpr ErrorKind kMetricMissing{"MissingParameter", 400, Fault::kClient};
inline constexpr ErrorKind kMetricValidation{"ValidationError", 400, Fault::kClient};
inline constexpr ErrorKind kMetricInvalidNextToken{"InvalidNextToken", 400, Fault::kClient};
inline constexpr ErrorKind kMetricLimitExceeded{"LimitExceeded", 400, Fault::kClient};
inline constexpr ErrorKind kAlarmNotFound{"ResourceNotFound", 404, Fault::kClient};
inline constexpr ErrorKind kAlarmInvalidFormat{"InvalidFormat", 400, Fault::kClient};

}  // namespace sagebrush::telemetry
