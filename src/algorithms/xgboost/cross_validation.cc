#include "algorithms/xgboost/cross_validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "algorithms/checkpoints.h"
#include "algorithms/job_log.h"
#include "algorithms/random.h"
#include "algorithms/xgboost/own_metrics.h"

namespace sagebrush::algorithms::xgboost {
namespace {

std::vector<float> Pick(std::span<const float> values, std::span<const int> rows) {
  std::vector<float> picked;
  picked.reserve(rows.size());
  for (const int row : rows) picked.push_back(values[static_cast<std::size_t>(row)]);
  return picked;
}

std::vector<int> AllBut(const std::vector<int>& held_out, std::size_t rows) {
  std::vector<bool> out(rows);
  for (const int row : held_out) out[static_cast<std::size_t>(row)] = true;
  std::vector<int> rest;
  for (std::size_t row = 0; row < rows; ++row) {
    if (!out[row]) rest.push_back(static_cast<int>(row));
  }
  return rest;
}

// What the folds predicted for the rows that they held out, summed over the repeats.
class HeldOut {
 public:
  HeldOut(std::span<const float> labels, bool classification)
      : labels_(labels),
        classification_(classification),
        probability_(labels.size()),
        value_(labels.size()),
        votes_(labels.size()) {}

  void Record(std::span<const int> rows, const Booster::Predictions& predicted) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = static_cast<std::size_t>(rows[i]);
      const float* values = predicted.values.data() + i * predicted.width;
      if (!classification_) {
        value_[row] += static_cast<double>(values[0]);
      } else if (predicted.width == 1) {
        probability_[row] += static_cast<double>(values[0]);
        ++votes_[row][values[0] > 0.5f ? 1 : 0];
      } else {
        const float* best = std::max_element(values, values + predicted.width);
        probability_[row] += static_cast<double>(*best);
        ++votes_[row][static_cast<int>(best - values)];
      }
    }
  }

  void Write(const Path& file, int repeats) const {
    std::string text;
    for (std::size_t row = 0; row < labels_.size(); ++row) {
      if (classification_) {
        const auto most = std::max_element(votes_[row].begin(), votes_[row].end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        text += fmt::format("{:.6f},{:.6f},{:.6f}\n", labels_[row], probability_[row] / repeats,
                            static_cast<double>(most == votes_[row].end() ? 0 : most->first));
      } else {
        text += fmt::format("{:.6f},{:.6f}\n", labels_[row], value_[row] / repeats);
      }
    }
    WriteWholeFile(file, text);
  }

 private:
  std::span<const float> labels_;
  const bool classification_;
  std::vector<double> probability_;
  std::vector<double> value_;
  std::vector<std::map<int, int>> votes_;  // Class and how many repeats chose it.
};

std::vector<Metrics::Value> Mean(std::span<const std::vector<Metrics::Value>> runs) {
  std::vector<Metrics::Value> mean = runs[0];
  for (std::size_t i = 0; i < mean.size(); ++i) {
    mean[i].value = 0;
    for (const auto& run : runs) mean[i].value += run[i].value / static_cast<double>(runs.size());
  }
  return mean;
}

// Shows the mean beside its metric: the pairs train and validation of a metric stand together.
void ReportMean(std::string_view what, std::span<const std::vector<Metrics::Value>> runs, int rounds,
                Metrics& metrics) {
  PrintInfo("The metrics of {} cross validation", what);
  metrics.Report(rounds, Mean(runs));
}

}  // namespace

std::vector<std::vector<int>> MakeFolds(std::span<const float> labels, int folds, bool stratified, std::uint64_t seed) {
  Random random(seed);
  std::map<float, std::vector<int>> strata;
  for (std::size_t row = 0; row < labels.size(); ++row)
    strata[stratified ? labels[row] : 0].push_back(static_cast<int>(row));
  std::vector<std::vector<int>> result(static_cast<std::size_t>(folds));
  std::size_t next = 0;  // Goes on from stratum to stratum, so that the folds stay even.
  for (auto& [label, rows] : strata) {
    random.Shuffle(rows);
    for (const int row : rows) result[next++ % result.size()].push_back(row);
  }
  for (auto& fold : result) std::sort(fold.begin(), fold.end());
  return result;
}

void CrossValidate(const CrossValidation& plan, const BoostingOptions& options, const Dataset& data, const Run& run) {
  const std::size_t rows = data.features.rows;
  if (rows < static_cast<std::size_t>(plan.folds)) {
    throw Error(kClientError, fmt::format("_kfold is {} and there are only {} rows.", plan.folds, rows));
  }
  if (!data.query_ids.empty())
    throw Error(kClientError, "Cross validation (_kfold) cannot split rows that belong to queries.");
  const bool classification = options.objective.starts_with("binary:") || options.objective.starts_with("multi:");
  PrintInfo("Run {}-round of {}-fold cross validation with {} rows", plan.repeats, plan.folds, rows);
  const Matrix all(data, plan.threads);
  HeldOut held_out(data.labels, classification);
  std::vector<std::vector<Metrics::Value>> results;
  for (int repeat = 0; repeat < plan.repeats && !run.stop.stop_requested(); ++repeat) {
    const auto folds =
        MakeFolds(data.labels, plan.folds, classification, plan.seed + static_cast<std::uint64_t>(repeat));
    for (std::size_t fold = 0; fold < folds.size() && !run.stop.stop_requested(); ++fold) {
      PrintInfo("Train cross validation fold {}", fold + 1);
      const std::vector<int> training_rows = AllBut(folds[fold], rows);
      const Matrix train = all.Slice(training_rows), validation = all.Slice(folds[fold]);
      const std::vector<float> train_labels = Pick(data.labels, training_rows);
      const std::vector<float> validation_labels = Pick(data.labels, folds[fold]);
      const EvalSet sets[] = {{"train", &train, train_labels}, {"validation", &validation, validation_labels}};
      const Boosted boosted = Boost(options, sets, run.metrics, run.stop);
      WriteWholeFile(run.model / fmt::format("xgboost-model-{}", results.size()), boosted.model.Save());
      held_out.Record(folds[fold], boosted.model.Predict(validation, Booster::Output::kValue));
      results.push_back(boosted.last);
    }
    if (run.stop.stop_requested()) break;
    const std::span<const std::vector<Metrics::Value>> done(results);
    ReportMean(fmt::format("round {}", repeat + 1), done.last(folds.size()), options.rounds, run.metrics);
  }
  if (run.stop.stop_requested()) return;
  held_out.Write(run.output_data / "predictions.csv", plan.repeats);
  if (plan.repeats > 1)
    ReportMean(fmt::format("the overall {}-round", plan.repeats), results, options.rounds, run.metrics);
}

}  // namespace sagebrush::algorithms::xgboost
