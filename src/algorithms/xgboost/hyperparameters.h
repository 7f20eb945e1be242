#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "algorithms/hyperparameter.h"
#include "algorithms/image_version.h"

namespace sagebrush::algorithms::xgboost {

// All hyperparameters of SageMaker's XGBoost images, 0.72 to 3.x.
std::span<const Hyperparameter> DeclaredHyperparameters();

// The checks that involve several of them, as SageMaker's containers make them. Throws Error(kClientError).
void CheckHyperparameters(const Hyperparameters& values);

// The metrics to show after each round, in order: those that the library computes and those that we do.
struct EvalMetrics {
  std::vector<std::string> library;  // Empty: the library's default for the objective.
  std::vector<std::string> own;
  std::string early_stopping;  // The one that early stopping follows; empty: the last that is shown.
};
EvalMetrics ChooseMetrics(const Hyperparameters& values);

// Whether larger values of the metric ("auc", "ndcg@5") are better.
bool IsMaximized(std::string_view metric);
// Metrics that the library does not have and the container computes itself.
bool IsOwnMetric(std::string_view metric);

// The names and values that the library is given: what the job sets, deprecated names and values mapped, parameters
// that the library no longer has left out (each with a warning in the log). `image` is what the job asked for: images
// before 2.0 start from base_score 0.5 and, for small data, the exact tree method.
std::vector<std::pair<std::string, std::string>> LibraryParameters(const Hyperparameters& values,
                                                                   const ImageVersion& image, std::size_t rows);

}  // namespace sagebrush::algorithms::xgboost
