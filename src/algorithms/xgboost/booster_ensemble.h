#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "algorithms/algorithm.h"
#include "algorithms/xgboost/booster_predictor.h"
#include "algorithms/xgboost/selected_output.h"

namespace sagebrush::algorithms::xgboost {

// The XGBoost model in a model directory: one booster, or several that vote or are averaged (k-fold training leaves
// xgboost-model-0, -1, ...).
class BoosterEnsemble : public Model {
 public:
  // Loads every file of the directory, in the order of names, hidden ones left out; only the first when `all` is false.
  // Throws Error that names the file that is no model, or the directory when it holds none, and as SelectedOutput.
  BoosterEnsemble(const Hosting& hosting, bool all, int threads);

  std::size_t columns() const override { return boosters_.front()->columns(); }
  const AnswerShape& answers() const override { return answers_; }
  // Rows do not fit that have more columns than the model was trained on, and for pickled models (as in AWS's
  // container) also fewer.
  void PredictInto(Features& rows, bool from_one, std::vector<double>& numbers) const override;

 private:
  static constexpr std::size_t kFew = 64;

  std::size_t outputs() const { return boosters_.front()->outputs(); }
  std::string_view objective() const { return boosters_.front()->objective(); }
  void CheckColumns(Features& rows, bool from_one) const;
  void PredictAll(const Features& rows, std::span<float> predictions) const;
  void Combine(const std::vector<std::vector<float>>& all, std::span<float> predictions) const;
  void Answer(std::span<const float> predictions, std::vector<double>& numbers) const;

  std::vector<std::unique_ptr<BoosterPredictor>> boosters_;
  std::optional<SelectedOutput> selected_;
  AnswerShape answers_;
};

// What SAGEMAKER_INFERENCE_ENSEMBLE says: whether all model files of a directory answer together. Default: yes.
bool EnsembleWanted();

}  // namespace sagebrush::algorithms::xgboost
