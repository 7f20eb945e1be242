#include "algorithms/xgboost/selected_output.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"

namespace sagebrush::algorithms::xgboost {
namespace {

// docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html: the keys of selectable inference.
constexpr std::array<std::string_view, 7> kKeys{"predicted_label", "labels",     "probability",    "probabilities",
                                                "raw_score",       "raw_scores", "predicted_score"};

void CheckKeys(std::span<const std::string> keys) {
  for (const std::string& key : keys) {
    if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) continue;
    throw Error(kValidation, fmt::format("SAGEMAKER_INFERENCE_OUTPUT names \"{}\", which is no output. Choose of {}.",
                                         key, fmt::join(kKeys, ", ")));
  }
}

double Greatest(std::span<const float> row) { return static_cast<double>(*std::max_element(row.begin(), row.end())); }

double GreatestClass(std::span<const float> row) {
  return static_cast<double>(std::max_element(row.begin(), row.end()) - row.begin());
}

}  // namespace

SelectedOutput::Task SelectedOutput::TaskOf(std::string_view objective) {
  struct Row {
    std::string_view objective;
    Task task;
  };
  // The objectives for which AWS's container knows selectable output.
  static constexpr std::array kTasks{
      Row{"reg:squarederror", Task::kRegression}, Row{"reg:linear", Task::kRegression},
      Row{"reg:logistic", Task::kRegression},     Row{"reg:gamma", Task::kRegression},
      Row{"reg:tweedie", Task::kRegression},      Row{"binary:logistic", Task::kLogistic},
      Row{"binary:logitraw", Task::kLogitRaw},    Row{"binary:hinge", Task::kHinge},
      Row{"multi:softmax", Task::kSoftmax},       Row{"multi:softprob", Task::kSoftprob},
  };
  for (const Row& row : kTasks) {
    if (row.objective == objective) return row.task;
  }
  throw Error(kValidation, fmt::format("Models of objective {} have no selectable output: remove "
                                       "SAGEMAKER_INFERENCE_OUTPUT from the container's environment.",
                                       objective));
}

SelectedOutput::SelectedOutput(std::span<const std::string> keys, std::string_view objective, int classes,
                               std::size_t width)
    : task_((CheckKeys(keys), TaskOf(objective))), classes_(classes), width_(width) {
  for (const std::string& key : keys) {
    outputs_.push_back(OutputOf(key));
    fields_.push_back(FieldOf(key, outputs_.back()));
  }
}

SelectedOutput::Output SelectedOutput::OutputOf(std::string_view key) const {
  if (task_ == Task::kRegression) return key == "predicted_score" ? Output::kFirst : Output::kNone;
  const bool probabilities = task_ == Task::kLogistic || task_ == Task::kSoftprob;
  const Output all = task_ == Task::kSoftprob ? Output::kAll : Output::kPair;
  if (key == "predicted_label") {
    const bool of_number = task_ == Task::kHinge || task_ == Task::kSoftmax;  // The prediction is the label.
    return of_number ? Output::kFirst : task_ == Task::kSoftprob ? Output::kClass : Output::kLabel;
  }
  if (key == "labels") return Output::kLabels;
  if (key == "probability" && probabilities) return Output::kGreatest;
  if (key == "raw_score") return Output::kGreatest;
  if ((key == "probabilities" && probabilities) || key == "raw_scores") return all;
  return Output::kNone;
}

AnswerField SelectedOutput::FieldOf(const std::string& key, Output output) const {
  const bool many = task_ == Task::kSoftmax || task_ == Task::kSoftprob;
  switch (output) {
    case Output::kLabels:
      return {key, static_cast<std::size_t>(many ? classes_ : 2), true, true};
    case Output::kLabel:
    case Output::kClass:
      return {.name = key, .integer = true};
    case Output::kPair:
      return {key, 2, true};
    case Output::kAll:
      return {key, width_, true};
    default:
      return {key};
  }
}

AnswerShape SelectedOutput::Shape(bool batch) const {
  return {fields_,
          {.list_begin = "\"[", .list_comma = ", ", .list_end = "]\"", .row_comma = "\n", .end = batch ? "\n" : ""}};
}

double* SelectedOutput::Select(std::span<const float> row, double* out) const {
  const auto first = static_cast<double>(row[0]);
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    switch (outputs_[i]) {
      case Output::kNone:
        *out++ = std::nan("");
        break;
      case Output::kLabel:
        *out++ = first > (task_ == Task::kLogistic ? 0.5 : 0) ? 1 : 0;
        break;
      case Output::kClass:
        *out++ = GreatestClass(row);
        break;
      case Output::kLabels:
        for (std::size_t label = 0; label < fields_[i].width; ++label) *out++ = static_cast<double>(label);
        break;
      case Output::kGreatest:
        *out++ = Greatest(row);
        break;
      case Output::kFirst:
        *out++ = first;
        break;
      case Output::kPair:
        *out++ = 1.0 - first;
        *out++ = first;
        break;
      case Output::kAll:
        out = std::copy(row.begin(), row.end(), out);
        break;
    }
  }
  return out;
}

}  // namespace sagebrush::algorithms::xgboost
