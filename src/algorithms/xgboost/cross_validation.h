#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/xgboost/boosting.h"

namespace sagebrush::algorithms::xgboost {

// For each fold, the rows that it holds out. Every row is in exactly one fold; the folds differ in size by at most one
// row and, with `stratified`, in the number of rows of each label by at most one. Depends on its arguments only.
std::vector<std::vector<int>> MakeFolds(std::span<const float> labels, int folds, bool stratified, std::uint64_t seed);

struct CrossValidation {
  int folds = 2;
  int repeats = 1;
  std::uint64_t seed = 0;
  int threads = 1;
};

// Trains a model a fold, each measured on the rows that its fold holds out, and reports the mean of the last rounds'
// metrics. Writes models `xgboost-model-0`, `xgboost-model-1`, ... and, for what was held out, predictions.csv: the
// label, the probability (of classifications) and the predicted value, averaged over the repeats. On `run.stop`: the
// models so far.
void CrossValidate(const CrossValidation& plan, const BoostingOptions& options, const Dataset& data, const Run& run);

}  // namespace sagebrush::algorithms::xgboost
