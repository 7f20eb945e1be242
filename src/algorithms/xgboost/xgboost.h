#pragma once

#include <memory>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms::xgboost {

// Gradient boosted trees and linear models, by the XGBoost library itself: what every SageMaker image "xgboost" or
// "sagemaker-xgboost" runs.
std::unique_ptr<Algorithm> MakeXgboost();

}  // namespace sagebrush::algorithms::xgboost
