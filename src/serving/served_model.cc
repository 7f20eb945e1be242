#include "serving/served_model.h"

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::serving {
namespace {

using algorithms::xgboost::BoosterPredictor;

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
    return std::make_unique<BoosterPredictor>(algorithms::xgboost::ReadBooster(ReadFile(file)), threads);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("Model file {}: {}", file.string(), error.what()));
  }
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

ServedModel::ServedModel(const Path& directory, bool ensemble, int threads) {
  for (const Path& file : ModelFiles(directory)) {
    if (!boosters_.empty() && !ensemble) break;
    boosters_.push_back(LoadFile(file, threads));
    if (boosters_.back()->outputs() != outputs()) {
      throw Error(kValidation, fmt::format("Model file {} predicts {} values a row, the first one {}.", file.string(),
                                           boosters_.back()->outputs(), outputs()));
    }
  }
}

void ServedModel::CheckColumns(RowFormat format, algorithms::Features& rows) const {
  for (const auto& booster : boosters_) {
    const std::size_t known = booster->columns();
    // Libsvm often counts from 1, so one column more is none that the model knows.
    const bool libsvm_spare = booster->pickled() && format == RowFormat::kLibsvm && rows.columns == known + 1;
    const bool too_few = booster->pickled() && format != RowFormat::kLibsvm && rows.columns + 1 < known;
    if (too_few || (rows.columns > known && !libsvm_spare)) {
      throw RequestError(400, fmt::format("Unable to evaluate payload provided: the {} rows have {} features, but the "
                                          "model was trained on {}. Send the features only, without label or index.",
                                          NameOf(format), rows.columns, known));
    }
    if (libsvm_spare) rows.columns = known;
  }
}

void ServedModel::Combine(std::vector<std::vector<float>> all, std::vector<float>& predictions) const {
  const bool vote = IsVotedOn(objective());
  std::vector<float> votes(all.size());
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    float sum = 0;
    for (std::size_t m = 0; m < all.size(); ++m) sum += votes[m] = all[m][i];
    predictions[i] = vote ? MostFrequent(votes) : sum / static_cast<float>(all.size());
  }
}

void ServedModel::Predict(RowFormat format, algorithms::Features& rows, std::vector<float>& predictions) const {
  CheckColumns(format, rows);
  predictions.resize(rows.rows * outputs());
  if (boosters_.size() == 1 && !rows.sparse()) {
    return boosters_[0]->PredictDense(rows.values.data(), rows.rows, rows.columns, predictions.data());
  }
  std::vector<std::vector<float>> all;
  for (const auto& booster : boosters_) all.push_back(booster->Predict(rows));
  if (all.size() == 1) {
    predictions = std::move(all[0]);
  } else {
    Combine(std::move(all), predictions);
  }
}

}  // namespace sagebrush::serving
