#pragma once

#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/algorithm.h"
#include "algorithms/xgboost/hyperparameters.h"
#include "algorithms/xgboost/library.h"

namespace sagebrush::algorithms::xgboost {

// A matrix whose metrics are shown ("train", "validation").
struct EvalSet {
  std::string name;
  const Matrix* matrix;
  std::span<const float> labels;
};

struct BoostingOptions {
  std::vector<std::pair<std::string, std::string>> parameters;  // As the library takes them.
  EvalMetrics metrics;
  std::string objective;
  int rounds = 0;
  int early_stopping_rounds = 0;  // 0: none. Follows the last metric of the last set.
  bool linear = false;            // gblinear: rounds cannot be cut off a model.
  bool updates_model = false;     // process_type=update: changes a checkpoint's trees.
  std::optional<Path> checkpoints;
};

struct Boosted {
  Booster model;
  std::vector<Metrics::Value> last;  // Of the last round that was reported.
};

// Trains round after round, reports each round's metrics, and returns the model: of the best round with early stopping,
// of the rounds so far on `stop`. Goes on from the newest checkpoint that can be read; keeps checkpoints while it runs.
// `sets[0]` is what it trains on.
Boosted Boost(const BoostingOptions& options, std::span<const EvalSet> sets, Metrics& metrics, std::stop_token stop);

}  // namespace sagebrush::algorithms::xgboost
