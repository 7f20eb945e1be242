#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "algorithms/data/dataset.h"
#include "algorithms/xgboost/booster_predictor.h"
#include "base/file.h"
#include "serving/request_rows.h"

namespace sagebrush::serving {

// The XGBoost model in a model directory: one booster, or several that vote or are averaged (k-fold training leaves
// xgboost-model-0, -1, ...). Safe to call from any thread.
class ServedModel {
 public:
  // Loads every file of the directory, in the order of names, hidden ones left out; only the first when `ensemble` is
  // false. Throws Error that names the file that is no model, or the directory when it holds none.
  ServedModel(const Path& directory, bool ensemble, int threads);

  // Rows times outputs() values. Throws RequestError(400) when the rows do not fit the model: more columns than it was
  // trained on, and for pickled models (as in AWS's container) also fewer.
  void Predict(RowFormat format, algorithms::Features& rows, std::vector<float>& predictions) const;

  std::size_t outputs() const { return boosters_.front()->outputs(); }
  std::string_view objective() const { return boosters_.front()->objective(); }
  int classes() const { return boosters_.front()->classes(); }
  std::size_t size() const { return boosters_.size(); }

 private:
  void CheckColumns(RowFormat format, algorithms::Features& rows) const;
  void Combine(std::vector<std::vector<float>> all, std::vector<float>& predictions) const;

  std::vector<std::unique_ptr<algorithms::xgboost::BoosterPredictor>> boosters_;
};

}  // namespace sagebrush::serving
