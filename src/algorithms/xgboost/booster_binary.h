#pragma once

#include <string_view>

#include "algorithms/xgboost/booster_model.h"

namespace sagebrush::algorithms::xgboost {

// Reads the binary format of versions 0.4 to 3.0, after any "binf" prefix. Throws Error(kUnreadableModel).
BoosterModel ReadBoosterBinary(std::string_view bytes);

}  // namespace sagebrush::algorithms::xgboost
