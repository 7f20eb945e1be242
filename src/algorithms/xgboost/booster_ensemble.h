#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "algorithms/algorithm.h"
#include "algorithms/xgboost/booster_predictor.h"

namespace sagebrush::algorithms::xgboost {

// The XGBoost model in a model directory: one booster, or several that vote or are averaged (k-fold training leaves
// xgboost-model-0, -1, ...).
class BoosterEnsemble : public Model {
 public:
  // Loads every file of the directory, in the order of names, hidden ones left out; only the first when `all` is false.
  // Throws Error that names the file that is no model, or the directory when it holds none.
  BoosterEnsemble(const Path& directory, bool all, int threads);

  std::size_t columns() const override { return boosters_.front()->columns(); }
  std::size_t outputs() const override { return boosters_.front()->outputs(); }
  std::string_view objective() const override { return boosters_.front()->objective(); }
  int classes() const override { return boosters_.front()->classes(); }

  // Throw Error(kClientError) when the rows do not fit the model: more columns than it was trained on, and for pickled
  // models (as in AWS's container) also fewer.
  std::vector<float> Predict(const Features& rows) const override;
  void PredictInto(Features& rows, bool from_one, std::vector<float>& predictions) const override;

 private:
  void CheckColumns(Features& rows, bool from_one) const;
  void Combine(const std::vector<std::vector<float>>& all, std::vector<float>& predictions) const;

  std::vector<std::unique_ptr<BoosterPredictor>> boosters_;
};

// What SAGEMAKER_INFERENCE_ENSEMBLE says: whether all model files of a directory answer together. Default: yes.
bool EnsembleWanted();

}  // namespace sagebrush::algorithms::xgboost
