#pragma once

#include <span>
#include <string>
#include <string_view>

#include "algorithms/answers.h"

namespace sagebrush::algorithms::xgboost {

// The keys of SAGEMAKER_INFERENCE_OUTPUT: what a model can tell of a row beside its prediction.
class SelectedOutput {
 public:
  // `width`: numbers that the model predicts for a row. Throws Error(kValidation) for a key that no objective has, with
  // those that there are, and for an objective without selectable output.
  SelectedOutput(std::span<const std::string> keys, std::string_view objective, int classes, std::size_t width);

  // `batch`: as AWS's container writes a batch transform.
  AnswerShape Shape(bool batch) const;
  // Writes what the keys mean for one row's prediction. Returns the end of what it wrote.
  double* Select(std::span<const float> row, double* out) const;

 private:
  enum class Task { kRegression, kLogistic, kLogitRaw, kHinge, kSoftmax, kSoftprob };
  enum class Output { kNone, kLabel, kClass, kLabels, kGreatest, kFirst, kPair, kAll };  // kNone: the task has none.

  static Task TaskOf(std::string_view objective);
  Output OutputOf(std::string_view key) const;
  AnswerField FieldOf(const std::string& key, Output output) const;

  const Task task_;
  const int classes_;
  const std::size_t width_;
  std::vector<Output> outputs_;
  std::vector<AnswerField> fields_;
};

}  // namespace sagebrush::algorithms::xgboost
