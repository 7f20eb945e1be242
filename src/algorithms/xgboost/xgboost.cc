#include "algorithms/xgboost/xgboost.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "algorithms/checkpoints.h"
#include "algorithms/data/channel_reader.h"
#include "algorithms/image_version.h"
#include "algorithms/job_log.h"
#include "algorithms/threads.h"
#include "algorithms/xgboost/booster_ensemble.h"
#include "algorithms/xgboost/boosting.h"
#include "algorithms/xgboost/cross_validation.h"
#include "algorithms/xgboost/hyperparameters.h"
#include "algorithms/xgboost/library.h"

namespace sagebrush::algorithms::xgboost {
namespace {

constexpr char kModelFile[] = "xgboost-model";

// A count among the hyperparameters, which may be any number.
int CountOf(const Hyperparameters& values, std::string_view name) {
  return static_cast<int>(std::min<std::int64_t>(values.GetInteger(name), std::numeric_limits<int>::max()));
}

int ThreadsFor(const Hyperparameters& values) {
  return values.IsGiven("nthread") ? CountOf(values, "nthread") : ThreadLimit();
}

// Threads that are worth waking for so much data. How many there are does not change the model.
int TrainingThreads(const Hyperparameters& values, const Features& features, int limit) {
  if (values.IsGiven("nthread")) return limit;
  constexpr std::size_t kValuesPerThread = 100'000;
  const std::size_t count = features.sparse() ? features.values.size() : features.rows * features.columns;
  return static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(limit), 1 + count / kValuesPerThread));
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

// What labels an objective takes; nullptr: any.
bool (*LabelTest(std::string_view objective))(float label, double classes) {
  if (objective == "binary:logistic" || objective == "binary:logitraw" || objective == "reg:logistic") {
    return [](float label, double) { return label >= 0 && label <= 1; };
  }
  if (objective.starts_with("multi:")) {
    return [](float label, double classes) {
      return label >= 0 && static_cast<double>(label) < classes && label == std::floor(label);
    };
  }
  if (objective == "count:poisson" || objective == "reg:tweedie") return [](float label, double) { return label >= 0; };
  if (objective == "reg:gamma") return [](float label, double) { return label > 0; };
  if (objective == "reg:squaredlogerror") return [](float label, double) { return label > -1; };
  return nullptr;
}

// The library's own check speaks of base_score, and names no row. The phrases are those that SageMaker users know from
// it.
void CheckLabels(std::string_view channel, const Dataset& data, const Hyperparameters& values) {
  const std::string objective = values.GetText("objective");
  const auto test = LabelTest(objective);
  if (test == nullptr) return;
  for (std::size_t row = 0; row < data.labels.size(); ++row) {
    if (test(data.labels[row], values.GetReal("num_class"))) continue;
    const std::string allowed =
        objective.starts_with("multi:")
            ? fmt::format("be a whole number in [0, num_class), num_class being {}", values.GetText("num_class"))
        : objective == "reg:gamma"                                         ? "be positive"
        : objective == "reg:squaredlogerror"                               ? "be above -1"
        : objective.ends_with("poisson") || objective.ends_with("tweedie") ? "be nonnegative"
                                                                           : "be in [0,1]";
    throw Error(kClientError,
                fmt::format("label must {} for objective {}: row {} of the {} channel has the label {}. The "
                            "label is the first column.",
                            allowed, objective, row + 1, channel, data.labels[row]));
  }
}

struct Data {
  Dataset train;
  std::optional<Dataset> validation;
};

Data ReadData(const Channels& channels, const Hyperparameters& values, int threads) {
  const bool weights = values.GetInteger("csv_weights") != 0;
  Data data;
  const Channel& train = channels.find("train")->second;
  data.train = ReadChannel(train, {.csv_weights = weights, .threads = threads});
  if (data.train.features.rows == 0) {
    throw Error(kClientError, fmt::format("No data in training channel path {}", train.directory.string()));
  }
  CheckLabels("train", data.train, values);
  PrintInfo("Train matrix has {} rows and {} columns", data.train.features.rows, data.train.features.columns);
  if (const auto found = channels.find("validation"); found != channels.end()) {
    data.validation =
        ReadChannel(found->second, {.csv_weights = weights, .threads = threads, .names = data.train.names});
    if (data.validation->features.rows == 0) {
      throw Error(kClientError, fmt::format("No data in validation channel path {}", found->second.directory.string()));
    }
    CheckLabels("validation", *data.validation, values);
    PrintInfo("Validation matrix has {} rows", data.validation->features.rows);
    MatchColumns(data.train, *data.validation);
  }
  return data;
}

BoostingOptions OptionsFor(const Hyperparameters& values, std::size_t rows, int threads, bool has_validation) {
  BoostingOptions options;
  options.parameters = LibraryParameters(values, OwnImageVersion(), rows);
  // The updater shotgun lets its threads race, so that with several of them no two runs give the same model.
  const bool races = values.GetText("booster") == "gblinear" && values.GetText("updater") != "coord_descent";
  options.parameters.emplace_back("nthread", fmt::format("{}", races ? 1 : threads));
  options.metrics = ChooseMetrics(values);
  options.objective = values.GetText("objective");
  options.rounds = CountOf(values, "num_round");
  options.linear = values.GetText("booster") == "gblinear";
  options.updates_model = values.GetText("process_type") == "update";
  options.early_stopping_rounds = CountOf(values, "early_stopping_rounds");
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

// Of each channel the metrics that jobs are tuned by, under the names that AWS's container has for them.
std::vector<MetricDefinition> LoggedMetrics() {
  std::vector<MetricDefinition> definitions;
  for (const std::string_view channel : {"train", "validation"}) {
    for (const std::string_view metric :
         {"accuracy", "auc", "aucpr", "error", "f1", "f1_macro", "logloss", "mae", "map", "mape", "merror", "mlogloss",
          "mse", "ndcg", "poisson-nloglik", "r2", "rmse", "rmsle", "tweedie-nloglik"}) {
      definitions.push_back(
          {fmt::format("{}:{}", channel, metric),
           fmt::format(R"(\[[0-9]+\].*#011{}-{}:([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?))", channel, metric)});
    }
  }
  return definitions;
}

ChannelDeclaration DeclareChannel(std::string_view name, bool required) {
  return {.name = name,
          .required = required,
          .formats = {DataFormat::kLibsvm, DataFormat::kCsv, DataFormat::kParquet, DataFormat::kRecordIo}};
}

Declaration Declare() {
  return {
      .name = "xgboost",
      // What `sagemaker.image_uris.retrieve("xgboost", ...)` of the SDKs 2.257.7 and 3.27.0 returns.
      .images = {{"sagemaker-xgboost",
                  {"0.90-1", "0.90-2", "1.0-1", "1.2-1", "1.2-2", "1.3-1", "1.5-1", "1.7-1", "3.0-5", "3.2-0"}},
                 {"xgboost", {"1", "latest"}}},
      .metrics = LoggedMetrics(),
      .metric_lines = Declaration::MetricLines::kRounds,
      .hyperparameters = DeclaredHyperparameters(),
      .channels = {DeclareChannel("train", true), DeclareChannel("validation", false)},
      .reads_pipes = true,
      .keeps_checkpoints = true,
      .requests = {RowFormat::kCsv, RowFormat::kLibsvm, RowFormat::kRecordIo, RowFormat::kJson, RowFormat::kJsonLines},
      .default_accept = "text/csv",
      .sample = {{"num_round", "5"}, {"objective", "binary:logistic"}},
  };
}

class Xgboost : public Algorithm {
 public:
  const Declaration& declaration() const override { return declaration_; }
  void Check(const Hyperparameters& values) const override { CheckHyperparameters(values); }

  void Train(const Run& run) const override {
    const Hyperparameters& values = run.values;
    const int limit = ThreadsFor(values);
    Data data = ReadData(run.channels, values, limit);
    const int threads = TrainingThreads(values, data.train.features, limit);
    const bool folds = values.IsGiven("_kfold");
    BoostingOptions options =
        OptionsFor(values, data.train.features.rows, threads, folds || data.validation.has_value());
    if (folds) {
      if (data.validation) AppendRows(data.train, *data.validation);
      return CrossValidate({.folds = CountOf(values, "_kfold"),
                            .repeats = CountOf(values, "_num_cv_round"),
                            .seed = static_cast<std::uint64_t>(values.GetInteger("seed")),
                            .threads = threads},
                           options, data.train, run);
    }
    options.checkpoints = run.checkpoints;
    TrainOne(data, options, run, threads);
  }

  std::unique_ptr<Model> Load(const Hosting& hosting) const override {
    return std::make_unique<BoosterEnsemble>(hosting, EnsembleWanted(), ThreadLimit());
  }

 private:
  static void TrainOne(Data& data, const BoostingOptions& options, const Run& run, int threads) {
    const Matrix train(data.train, threads);
    std::optional<Matrix> validation;
    if (data.validation) validation.emplace(*data.validation, threads);
    data.train.features = {};  // The library has its own copy.
    if (data.validation) data.validation->features = {};
    std::vector<EvalSet> sets{{"train", &train, data.train.labels}};
    if (validation) sets.push_back({"validation", &*validation, data.validation->labels});
    const Boosted boosted = Boost(options, sets, run.metrics, run.stop);
    WriteWholeFile(run.model / kModelFile, boosted.model.Save());
  }

  const Declaration declaration_ = Declare();
};

}  // namespace

std::unique_ptr<Algorithm> MakeXgboost() { return std::make_unique<Xgboost>(); }

}  // namespace sagebrush::algorithms::xgboost
