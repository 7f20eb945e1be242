#include "algorithms/xgboost/booster_ensemble.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/error.h"

namespace sagebrush::algorithms::xgboost {
namespace {

std::vector<Path> ModelFiles(const Path& directory) {
  std::error_code error;
  std::vector<Path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.is_regular_file() && !entry.path().filename().string().starts_with('.')) files.push_back(entry.path());
  }
  if (error) {
    throw Error(kValidation,
                fmt::format("The model directory {} cannot be read: {}.", directory.string(), error.message()));
  }
  if (files.empty()) {
    throw Error(kValidation,
                fmt::format("The model directory {} has no model file. Put the model (xgboost-model) at the "
                            "top of model.tar.gz.",
                            directory.string()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::unique_ptr<BoosterPredictor> LoadFile(const Path& file, int threads) {
  try {
    return std::make_unique<BoosterPredictor>(ReadBooster(ReadFile(file)), threads);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("Model file {}: {}", file.string(), error.what()));
  }
}

// How AWS's container writes predictions as text/csv.
CsvLayout LayoutOf(const Hosting& hosting) {
  constexpr ImageVersion kFirstWithLines{1, 2, 2};
  if (hosting.batch) return {.list_begin = "[", .list_comma = ", ", .list_end = "]"};
  if (hosting.image < kFirstWithLines) {  // All on one line.
    return {.list_begin = "[", .list_comma = ", ", .list_end = "]", .row_comma = ",", .end = ""};
  }
  return {};
}

// Classes are voted on; an average of their numbers would mean nothing.
bool IsVotedOn(std::string_view objective) { return objective == "multi:softmax" || objective == "binary:hinge"; }

float MostFrequent(std::vector<float> votes) {
  std::sort(votes.begin(), votes.end());
  float best = votes[0];
  std::size_t best_count = 0;
  for (std::size_t i = 0; i < votes.size();) {
    std::size_t end = i;
    while (end < votes.size() && votes[end] == votes[i]) ++end;
    if (end - i > best_count) best_count = end - i, best = votes[i];
    i = end;
  }
  return best;
}

}  // namespace

BoosterEnsemble::BoosterEnsemble(const Hosting& hosting, bool all, int threads) {
  for (const Path& file : ModelFiles(hosting.model)) {
    if (!boosters_.empty() && !all) break;
    boosters_.push_back(LoadFile(file, threads));
    if (boosters_.back()->outputs() != outputs()) {
      throw Error(kValidation, fmt::format("Model file {} predicts {} values a row, the first one {}.", file.string(),
                                           boosters_.back()->outputs(), outputs()));
    }
  }
  if (hosting.inference_output.empty()) {
    answers_ = {{{"score", outputs(), outputs() > 1}}, LayoutOf(hosting)};
  } else {
    selected_.emplace(hosting.inference_output, objective(), boosters_.front()->classes(), outputs());
    answers_ = selected_->Shape(hosting.batch);
  }
}

void BoosterEnsemble::CheckColumns(Features& rows, bool from_one) const {
  for (const auto& booster : boosters_) {
    const std::size_t known = booster->columns();
    const bool spare = booster->pickled() && from_one && rows.columns == known + 1;
    const bool too_few = booster->pickled() && !from_one && rows.columns + 1 < known;
    if (too_few || (rows.columns > known && !spare)) {
      throw Error(kClientError,
                  fmt::format("Unable to evaluate payload provided: the rows have {} features, but the model was "
                              "trained on {}. Send the features only, without label or index.",
                              rows.columns, known));
    }
    if (spare) rows.columns = known;
  }
}

void BoosterEnsemble::Combine(const std::vector<std::vector<float>>& all, std::span<float> predictions) const {
  const bool vote = IsVotedOn(objective());
  std::vector<float> votes(all.size());
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    float sum = 0;
    for (std::size_t m = 0; m < all.size(); ++m) sum += votes[m] = all[m][i];
    predictions[i] = vote ? MostFrequent(votes) : sum / static_cast<float>(all.size());
  }
}

void BoosterEnsemble::PredictInto(Features& rows, bool from_one, std::vector<double>& numbers) const {
  CheckColumns(rows, from_one);
  const std::size_t count = rows.rows * outputs();
  if (count <= kFew) {  // The usual invocation: what a thread keeps costs more to find.
    float few[kFew];
    PredictAll(rows, {few, count});
    return Answer({few, count}, numbers);
  }
  thread_local std::vector<float> many;
  many.resize(count);
  PredictAll(rows, many);
  Answer(many, numbers);
}

void BoosterEnsemble::Answer(std::span<const float> predictions, std::vector<double>& numbers) const {
  if (!selected_) return numbers.assign(predictions.begin(), predictions.end());
  numbers.resize(predictions.size() / outputs() * answers_.width());
  double* out = numbers.data();
  for (std::size_t at = 0; at < predictions.size(); at += outputs()) {
    out = selected_->Select(predictions.subspan(at, outputs()), out);
  }
}

void BoosterEnsemble::PredictAll(const Features& rows, std::span<float> predictions) const {
  if (boosters_.size() == 1 && !rows.sparse()) {
    return boosters_[0]->PredictDense(rows.values.data(), rows.rows, rows.columns, predictions.data());
  }
  std::vector<std::vector<float>> all;
  for (const auto& booster : boosters_) all.push_back(booster->Predict(rows));
  if (all.size() == 1) {
    std::copy(all[0].begin(), all[0].end(), predictions.begin());
  } else {
    Combine(all, predictions);
  }
}

bool EnsembleWanted() {
  const char* text = std::getenv("SAGEMAKER_INFERENCE_ENSEMBLE");
  return text == nullptr || std::string_view(text).empty() || std::string_view(text) == "true" ||
         std::string_view(text) == "True" || std::string_view(text) == "1";
}

}  // namespace sagebrush::algorithms::xgboost
