#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace sagebrush::algorithms::xgboost {

// Predictions beside the truth, as far as the metrics need them.
struct Scored {
  std::span<const float> labels;
  std::vector<float> values;   // The predicted value of each row: of a regression; else its class.
  std::vector<float> classes;  // The predicted class of each row.
};

// The class that margins stand for: of `width` margins a row the largest, of one whether it is above 0.
std::vector<float> ClassesOfMargins(std::span<const float> margins, std::size_t width);

// A metric that SageMaker's container computes beside the library's ("accuracy", "f1_macro", "r2", ...): as
// scikit-learn defines it, without weights, a share of nothing being 0. "f1" is macro-averaged; "f1_binary",
// "precision" and "recall" are those of class 1. Throws Error(kClientError) for the latter when there are other classes
// than 0 and 1.
double ComputeOwnMetric(std::string_view name, const Scored& scored);

}  // namespace sagebrush::algorithms::xgboost
