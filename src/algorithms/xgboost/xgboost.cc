#include "algorithms/xgboost/xgboost.h"

#include <fmt/format.h>

#include <cstdlib>

#include "algorithms/data/channel_reader.h"
#include "algorithms/job_log.h"
#include "algorithms/threads.h"
#include "algorithms/xgboost/booster_predictor.h"
#include "algorithms/xgboost/boosting.h"
#include "algorithms/xgboost/checkpoints.h"
#include "algorithms/xgboost/cross_validation.h"
#include "algorithms/xgboost/hyperparameters.h"
#include "algorithms/xgboost/library.h"

namespace sagebrush::algorithms::xgboost {
namespace {

constexpr char kModelFile[] = "xgboost-model";

int ThreadsFor(const Hyperparameters& values) {
  return values.IsGiven("nthread") ? static_cast<int>(values.GetInteger("nthread")) : ThreadLimit();
}

std::string ImageTag() {
  const char* tag = std::getenv("SAGEBRUSH_IMAGE_TAG");
  return tag != nullptr ? tag : "";
}

void CheckChannels(const Channels& channels) {
  if (!channels.contains("train")) throw Error(kClientError, "Missing required channel: train");
  for (const auto& [name, channel] : channels) {
    if (name != "train" && name != "validation") {
      throw Error(kClientError, fmt::format("Extraneous channel found: {}. There may be train and validation.", name));
    }
    if (channel.input_mode == "Pipe") {
      throw Error(
          kClientError,
          fmt::format("Channel {} has TrainingInputMode Pipe, which is not built: use File or FastFile.", name));
    }
  }
}

// Both channels get the columns of the wider one when one is sparse (what is not there is missing); else they must
// agree.
void MatchColumns(Dataset& train, Dataset& validation) {
  const std::size_t a = train.features.columns, b = validation.features.columns;
  if (a == b) return;
  if (!train.features.sparse() || !validation.features.sparse()) {
    throw Error(kClientError,
                fmt::format("The validation channel has {} feature columns and the train channel {}: both need "
                            "the same columns.",
                            b, a));
  }
  train.features.columns = validation.features.columns = std::max(a, b);
}

struct Data {
  Dataset train;
  std::optional<Dataset> validation;
};

Data ReadData(const Channels& channels, const Hyperparameters& values, int threads) {
  const bool weights = values.GetInteger("csv_weights") != 0;
  Data data;
  const Channel& train = channels.find("train")->second;
  data.train = ReadChannel(train, weights, threads);
  if (data.train.features.rows == 0) {
    throw Error(kClientError, fmt::format("No data in training channel path {}", train.directory.string()));
  }
  PrintInfo("Train matrix has {} rows and {} columns", data.train.features.rows, data.train.features.columns);
  if (const auto found = channels.find("validation"); found != channels.end()) {
    data.validation = ReadChannel(found->second, weights, threads);
    if (data.validation->features.rows == 0) {
      throw Error(kClientError, fmt::format("No data in validation channel path {}", found->second.directory.string()));
    }
    PrintInfo("Validation matrix has {} rows", data.validation->features.rows);
    MatchColumns(data.train, *data.validation);
  }
  return data;
}

BoostingOptions OptionsFor(const Hyperparameters& values, std::size_t rows, int threads, bool has_validation) {
  BoostingOptions options;
  options.parameters = LibraryParameters(values, ImageTag(), rows);
  options.parameters.emplace_back("nthread", fmt::format("{}", threads));
  options.metrics = ChooseMetrics(values);
  options.objective = values.GetText("objective");
  options.rounds = static_cast<int>(values.GetInteger("num_round"));
  options.linear = values.GetText("booster") == "gblinear";
  options.updates_model = values.GetText("process_type") == "update";
  options.early_stopping_rounds = static_cast<int>(values.GetInteger("early_stopping_rounds"));
  if (options.early_stopping_rounds > 0 && !has_validation) {
    PrintWarning("early_stopping_rounds has no effect without a validation channel.");
    options.early_stopping_rounds = 0;
  }
  // The library's own default metric for the objective, where early stopping must know whether more is better.
  if (options.metrics.early_stopping.empty() && options.objective.starts_with("rank:")) {
    options.metrics.early_stopping = options.objective == "rank:map" ? "map" : "ndcg";
  }
  return options;
}

// Rows of both, one after the other: what a cross validation splits.
void AppendRows(Dataset& to, const Dataset& from) {
  Features& a = to.features;
  const Features& b = from.features;
  const std::uint64_t base = a.values.size();
  a.values.insert(a.values.end(), b.values.begin(), b.values.end());
  a.indices.insert(a.indices.end(), b.indices.begin(), b.indices.end());
  for (std::size_t i = 1; i < b.offsets.size(); ++i) a.offsets.push_back(base + b.offsets[i]);
  if (!to.weights.empty() || !from.weights.empty()) {
    to.weights.resize(a.rows, 1);
    to.weights.insert(to.weights.end(), from.weights.begin(), from.weights.end());
    to.weights.resize(a.rows + b.rows, 1);
  }
  to.labels.insert(to.labels.end(), from.labels.begin(), from.labels.end());
  to.query_ids.insert(to.query_ids.end(), from.query_ids.begin(), from.query_ids.end());
  a.rows += b.rows;
}

class Xgboost : public Algorithm {
 public:
  std::string_view name() const override { return "xgboost"; }
  std::span<const Hyperparameter> Declare() const override { return DeclaredHyperparameters(); }
  void Check(const Hyperparameters& values) const override { CheckHyperparameters(values); }

  void Train(const Channels& channels, const Hyperparameters& values, const Outputs& outputs, Metrics& metrics,
             std::stop_token stop) const override {
    CheckChannels(channels);
    const int threads = ThreadsFor(values);
    Data data = ReadData(channels, values, threads);
    const bool folds = values.IsGiven("_kfold");
    BoostingOptions options =
        OptionsFor(values, data.train.features.rows, threads, folds || data.validation.has_value());
    if (folds) {
      if (data.validation) AppendRows(data.train, *data.validation);
      return CrossValidate({.folds = static_cast<int>(values.GetInteger("_kfold")),
                            .repeats = static_cast<int>(values.GetInteger("_num_cv_round")),
                            .seed = static_cast<std::uint64_t>(values.GetInteger("seed")),
                            .threads = threads},
                           options, data.train, outputs, metrics, stop);
    }
    options.checkpoints = outputs.checkpoints;
    TrainOne(data, options, outputs, metrics, stop, threads);
  }

  std::unique_ptr<Model> Load(const Path& model_directory) const override {
    return std::make_unique<BoosterPredictor>(ReadBooster(ReadFile(model_directory / kModelFile)), ThreadLimit());
  }

 private:
  static void TrainOne(Data& data, const BoostingOptions& options, const Outputs& outputs, Metrics& metrics,
                       std::stop_token stop, int threads) {
    const Matrix train(data.train, threads);
    std::optional<Matrix> validation;
    if (data.validation) validation.emplace(*data.validation, threads);
    data.train.features = {};  // The library has its own copy.
    if (data.validation) data.validation->features = {};
    std::vector<EvalSet> sets{{"train", &train, data.train.labels}};
    if (validation) sets.push_back({"validation", &*validation, data.validation->labels});
    const Boosted boosted = Boost(options, sets, metrics, stop);
    WriteWholeFile(outputs.model / kModelFile, boosted.model.Save());
  }
};

}  // namespace

std::unique_ptr<Algorithm> MakeXgboost() { return std::make_unique<Xgboost>(); }

}  // namespace sagebrush::algorithms::xgboost
