#pragma once

#include "base/error.h"

namespace sagebrush::inference {

// The errors of sagemaker-runtime.
inline constexpr ErrorKind kInvalidRequest{"ValidationError", 400, Fault::kClient};
inline constexpr ErrorKind kModelError{"ModelError", 424, Fault::kClient};
inline constexpr ErrorKind kNoInstance{"ServiceUnavailable", 503, Fault::kServer};

}  // namespace sagebrush::inference
