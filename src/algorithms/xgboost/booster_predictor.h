#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "algorithms/algorithm.h"
#include "algorithms/xgboost/booster_model.h"
#include "algorithms/xgboost/booster_objective.h"
#include "algorithms/xgboost/forest.h"

namespace sagebrush::algorithms::xgboost {

// Predicts with a trained booster, equal to the XGBoost library to the last bit. Safe to call from any thread.
class BoosterPredictor {
 public:
  // `threads` that a call with many rows may use.
  explicit BoosterPredictor(BoosterModel booster, int threads = 1);

  std::size_t columns() const { return booster_.features; }
  std::size_t outputs() const {  // Values that Predict returns a row.
    return transform_ == Transform::kArgmax ? 1 : groups();
  }
  // Row after row. Throws as PredictDense.
  std::vector<float> Predict(const Features& rows) const;

  // Dense rows of `columns` values, NaN where missing; columns that the rows lack are missing. Writes rows * outputs()
  // values. With `columns` above columns() throws Error(kClientError).
  void PredictDense(const float* values, std::size_t rows, std::size_t columns, float* out) const;

  std::string_view objective() const { return booster_.objective; }
  int classes() const { return booster_.classes; }
  bool pickled() const { return booster_.pickled; }
  std::size_t groups() const { return static_cast<std::size_t>(booster_.groups); }

 private:
  // Values of a row by column or by entry, laid out as the forest wants them.
  class DenseRows;
  class SparseRows;

  template <typename Rows>
  void PredictRows(const Rows& rows, std::size_t count, float* out) const;
  template <typename Rows>
  void PredictRange(const Rows& rows, std::size_t begin, std::size_t end, float* out) const;
  template <typename Rows>
  void TreeMargins(const Rows& rows, std::size_t begin, std::size_t end, float* margins) const;
  template <typename Rows>
  void LinearMargins(const Rows& rows, std::size_t begin, std::size_t end, float* margins) const;
  template <typename Rows>
  void VectorLeafMargins(const Rows& rows, std::size_t begin, std::size_t end, float* margins) const;
  void CheckColumns(std::size_t columns) const;

  BoosterModel booster_;
  std::size_t trees_;  // Of all that the model has, those that are used.
  Transform transform_;
  bool vector_leaves_ = false;
  std::vector<std::uint32_t> used_features_;  // Of trees with vector leaves; else the forest knows them.
  Forest forest_;
  int threads_;
};

}  // namespace sagebrush::algorithms::xgboost
