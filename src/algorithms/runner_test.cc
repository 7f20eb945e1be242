#include "algorithms/runner.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "algorithms/algorithm.h"
#include "algorithms/registry.h"

namespace sagebrush::algorithms {
namespace {

using testing::HasSubstr;
using testing::Not;

// A job's /opt/ml, and what came of it.
class TrainingJob : public testing::Test {
 protected:
  void SetUp() override {
    WriteJson("resourceconfig.json", JsonObject{{"current_host", "algo-1"}, {"hosts", JsonArray{"algo-1"}}});
    Hyperparameters({});
  }

  const Path& root() const { return directory_.path(); }

  void WriteText(const Path& file, std::string_view text) {
    std::filesystem::create_directories((root() / file).parent_path());
    WriteFileDurably(root() / file, text);
  }
  void WriteJson(const std::string& name, const Json& json) { WriteText("input/config/" + name, ToText(json)); }

  void Hyperparameters(JsonObject values) {
    values.emplace("num_round", "10");
    values.emplace("objective", "binary:logistic");
    WriteJson("hyperparameters.json", values);
  }

  void AddChannel(const std::string& name, std::string_view text, const std::string& content_type = "text/csv") {
    channels_[name] = JsonObject{{"ContentType", content_type}, {"TrainingInputMode", "File"}};
    WriteJson("inputdataconfig.json", channels_);
    WriteText("input/data/" + name + "/data", text);
  }

  int Run(std::stop_token stop = {}) {
    testing::internal::CaptureStdout();
    const int code = RunTraining("xgboost", root(), stop);
    log_ = testing::internal::GetCapturedStdout();
    return code;
  }

  std::string Failure() const { return ReadFileIfExists(root() / "output/failure").value_or(""); }
  std::string Model() const { return ReadFileIfExists(root() / "model/xgboost-model").value_or(""); }
  const std::string& log() const { return log_; }
  std::size_t Rounds() const {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = log_.find("]#011train-", at)) != std::string::npos; ++at) ++count;
    return count;
  }

 private:
  TemporaryDirectory directory_;
  JsonObject channels_;
  std::string log_;
};

// Rows of two classes that x0 + x1 > 0 tells apart but for some noise.
std::string TwoClasses(int rows, unsigned seed, char delimiter = ',') {
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0 * 2 - 1; };
  std::string text;
  for (int i = 0; i < rows; ++i) {
    const double a = uniform(), b = uniform(), c = uniform();
    text += fmt::format("{1}{0}{2:.4f}{0}{3:.4f}{0}{4:.4f}\n", delimiter, a + b + 0.2 * uniform() > 0 ? 1 : 0, a, b, c);
  }
  return text;
}

double LastMetric(const std::string& log, const std::string& name) {
  const auto at = log.rfind(name + ":");
  return at == std::string::npos ? std::nan("") : std::stod(log.substr(at + name.size() + 1));
}

TEST_F(TrainingJob, TrainsAModelThatPredicts) {
  AddChannel("train", TwoClasses(600, 1));
  AddChannel("validation", TwoClasses(200, 2));
  Hyperparameters({{"eval_metric", "logloss,auc"}});
  EXPECT_EQ(Run(), 0);
  EXPECT_EQ(Failure(), "");
  EXPECT_GT(LastMetric(log(), "validation-auc"), 0.97);
  const auto model = FindAlgorithm("xgboost")->Load({.model = root() / "model"});
  const std::vector<double> scores =
      model->Predict({.rows = 2, .columns = 3, .values = {0.9f, 0.9f, 0, -0.9f, -0.9f, 0}});
  EXPECT_GT(scores.at(0), 0.8);
  EXPECT_LT(scores.at(1), 0.2);
}

// The form that the metric regexes of AWS's algorithm match: ".*\[[0-9]+\].*#011validation-auc:(\S+)".
TEST_F(TrainingJob, PrintsMetricsAsSageMakerDoes) {
  AddChannel("train", TwoClasses(100, 1));
  AddChannel("validation", TwoClasses(50, 2));
  Hyperparameters({{"eval_metric", "auc,accuracy"}, {"num_round", "2"}});
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(log(),
              testing::ContainsRegex("\\[0\\]#011train-auc:[0-9.]+#011train-accuracy:[0-9.]+#011validation-auc:[0-9.]+"
                                     "#011validation-accuracy:[0-9.]+\n"));
  EXPECT_THAT(log(), HasSubstr("\n[1]#011"));
  EXPECT_THAT(log(), HasSubstr("INFO] Train matrix has 100 rows and 3 columns\n"));
}

TEST_F(TrainingJob, GivesTheSameBytesForTheSameData) {
  AddChannel("train", TwoClasses(300, 1));
  Hyperparameters({{"subsample", "0.7"}, {"colsample_bytree", "0.7"}, {"seed", "5"}, {"nthread", "1"}});
  EXPECT_EQ(Run(), 0);
  const std::string first = Model();
  Hyperparameters({{"subsample", "0.7"}, {"colsample_bytree", "0.7"}, {"seed", "5"}, {"nthread", "3"}});
  EXPECT_EQ(Run(), 0);
  EXPECT_EQ(Model(), first);
  Hyperparameters({{"subsample", "0.7"}, {"colsample_bytree", "0.7"}, {"seed", "6"}});
  EXPECT_EQ(Run(), 0);
  EXPECT_NE(Model(), first);
}

TEST_F(TrainingJob, GivesTheSameLinearModelWithAnyNumberOfThreads) {
  AddChannel("train", TwoClasses(3000, 1));
  Hyperparameters({{"booster", "gblinear"}, {"nthread", "1"}});
  EXPECT_EQ(Run(), 0);
  const std::string first = Model();
  Hyperparameters({{"booster", "gblinear"}, {"nthread", "4"}});
  EXPECT_EQ(Run(), 0);
  EXPECT_EQ(Model(), first);
}

TEST_F(TrainingJob, StopsEarlyAndKeepsTheBestRound) {
  AddChannel("train", TwoClasses(200, 1));
  AddChannel("validation", TwoClasses(200, 2));
  Hyperparameters({{"num_round", "500"}, {"early_stopping_rounds", "3"}, {"eval_metric", "logloss"}, {"eta", "1"}});
  EXPECT_EQ(Run(), 0);
  EXPECT_LT(Rounds(), 100u);
  EXPECT_THAT(log(), HasSubstr("Stopped early after round"));
  const std::size_t best = Rounds() - 4;  // Three rounds did not improve.
  EXPECT_THAT(Model(), HasSubstr("best_iteration"));
  EXPECT_THAT(Model(), HasSubstr(fmt::format("{}", best)));
}

TEST_F(TrainingJob, ReadsEveryFormat) {
  AddChannel("train", TwoClasses(100, 1, '\t'), "csv");
  EXPECT_EQ(Run(), 0) << Failure();
  AddChannel("train", "1 0:1 1:2\n0 0:-1\n1 0:2\n0 1:-3 2:1\n", "");
  AddChannel("validation", "1 0:1 5:2\n0 0:-1\n", "text/libsvm");
  EXPECT_EQ(Run(), 0) << Failure();
}

TEST_F(TrainingJob, TrainsWithWeights) {
  AddChannel("train", "1,0,5\n0,1,5\n1,0,6\n0,1,7\n");  // Only the negatives count.
  Hyperparameters({{"csv_weights", "1"}, {"min_child_weight", "0"}, {"base_score", "0.5"}});
  EXPECT_EQ(Run(), 0) << Failure();
  const auto model = FindAlgorithm("xgboost")->Load({.model = root() / "model"});
  EXPECT_LT(model->Predict({.rows = 1, .columns = 1, .values = {5}}).at(0), 0.5);
}

TEST_F(TrainingJob, SaysInTheFailureFileWhatToDo) {
  AddChannel("train", "age,label\n1,2\n");
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(Failure(), testing::StartsWith("ClientError: train/data, line 1, column 1: 'age' is not a number."));
  EXPECT_THAT(log(), HasSubstr("ERROR] ClientError: train/data"));
  EXPECT_EQ(Model(), "");
}

// Phrases as in sagemaker-xgboost-container and its algorithm toolkit.
TEST_F(TrainingJob, RefusesWrongChannels) {
  AddChannel("validation", TwoClasses(10, 1));
  EXPECT_EQ(Run(), 1);
  EXPECT_EQ(Failure(), "ClientError: Missing required channel: train");
  AddChannel("train", "");
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(Failure(), HasSubstr("No data in training channel path"));
  AddChannel("train", TwoClasses(10, 1));
  AddChannel("test", TwoClasses(10, 1));
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(Failure(), HasSubstr("Extraneous channel found: test"));
}

TEST_F(TrainingJob, RefusesChannelsOfDifferentWidths) {
  AddChannel("train", "1,2,3\n0,1,2\n");
  AddChannel("validation", "1,2\n");
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(Failure(), HasSubstr("The validation channel has 1 feature columns and the train channel 2"));
}

TEST_F(TrainingJob, CallsLabelsThatDoNotFitTheObjectiveAClientError) {
  AddChannel("train", "5,2,3\n0,1,2\n");
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(
      Failure(),
      testing::AllOf(
          testing::StartsWith("ClientError: "),
          HasSubstr(
              "label must be in [0,1] for objective binary:logistic: row 1 of the train channel has the label 5")));
}

TEST_F(TrainingJob, RefusesInfinities) {
  AddChannel("train", "1,inf,3\n0,1,2\n");
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(Failure(), testing::AllOf(testing::StartsWith("ClientError: "), HasSubstr("inf")));
}

TEST_F(TrainingJob, RefusesWhatIsNotBuilt) {
  AddChannel("train", TwoClasses(10, 1));
  Hyperparameters({{"sagemaker_program", "train.py"}});
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(Failure(), HasSubstr("Script mode"));
  Hyperparameters({});
  WriteJson("resourceconfig.json", JsonObject{{"current_host", "algo-1"}, {"hosts", JsonArray{"algo-1", "algo-2"}}});
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(Failure(), HasSubstr("InstanceCount to 1"));
}

// SIGTERM in the program.
TEST_F(TrainingJob, LeavesAUsableModelWhenStopped) {
  AddChannel("train", TwoClasses(200, 1));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Run(stop.get_token()), 0);
  EXPECT_THAT(log(), HasSubstr("Stopped on request after 0 of 10 rounds"));
  const auto model = FindAlgorithm("xgboost")->Load({.model = root() / "model"});
  EXPECT_EQ(model->Predict({.rows = 1, .columns = 3, .values = {0, 0, 0}}).size(), 1u);
}

TEST_F(TrainingJob, ResumesFromItsNewestCheckpoint) {
  AddChannel("train", TwoClasses(200, 1));
  WriteJson("checkpointconfig.json", JsonObject{{"LocalPath", "/opt/ml/checkpoints"}});
  Hyperparameters({{"num_round", "4"}});
  EXPECT_EQ(Run(), 0);
  EXPECT_TRUE(std::filesystem::exists(root() / "checkpoints/xgboost-checkpoint.3"));
  WriteText("checkpoints/xgboost-checkpoint.8", "torn");
  Hyperparameters({{"num_round", "10"}});
  EXPECT_EQ(Run(), 0);
  EXPECT_THAT(log(), HasSubstr("xgboost-checkpoint.8 cannot be read"));
  EXPECT_THAT(log(), HasSubstr("Resuming from iteration 4"));
  EXPECT_THAT(log(), Not(HasSubstr("\n[3]#011")));
  EXPECT_THAT(log(), HasSubstr("\n[9]#011"));
  const std::string resumed = Model();
  std::filesystem::remove_all(root() / "checkpoints");
  EXPECT_EQ(Run(), 0);
  EXPECT_EQ(Model(), resumed);
}

TEST_F(TrainingJob, KeepsTheFiveNewestCheckpoints) {
  AddChannel("train", TwoClasses(200, 1));
  std::filesystem::create_directories(root() / "checkpoints");
  EXPECT_EQ(Run(), 0);
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(root() / "checkpoints")) ++count;
  EXPECT_LE(count, 5u);
  EXPECT_TRUE(std::filesystem::exists(root() / "checkpoints/xgboost-checkpoint.9"));
}

TEST_F(TrainingJob, CrossValidates) {
  AddChannel("train", TwoClasses(150, 1));
  AddChannel("validation", TwoClasses(50, 2));
  Hyperparameters({{"_kfold", "4"}, {"_num_cv_round", "2"}, {"eval_metric", "auc"}, {"num_round", "3"}});
  EXPECT_EQ(Run(), 0) << Failure();
  for (int fold = 0; fold < 8; ++fold) {
    EXPECT_TRUE(std::filesystem::exists(root() / fmt::format("model/xgboost-model-{}", fold)));
  }
  EXPECT_THAT(log(), HasSubstr("Run 2-round of 4-fold cross validation with 200 rows"));
  EXPECT_THAT(log(), HasSubstr("\n[3]#011train-auc:"));
  const std::string predictions = ReadFile(root() / "output/data/predictions.csv");
  EXPECT_EQ(std::count(predictions.begin(), predictions.end(), '\n'), 200);
}

TEST_F(TrainingJob, TrainsEveryObjective) {
  const struct {
    const char* objective;
    const char* metric;
  } cases[] = {{"reg:squarederror", "rmse,mae,r2,mse"},
               {"reg:linear", "rmse"},
               {"reg:logistic", "rmse"},
               {"reg:pseudohubererror", "mphe"},
               {"reg:squaredlogerror", "rmsle"},
               {"reg:gamma", "gamma-nloglik"},
               {"reg:tweedie", "tweedie-nloglik@1.5"},
               {"reg:absoluteerror", "mae"},
               {"count:poisson", "poisson-nloglik"},
               {"binary:logitraw", "auc,accuracy"},
               {"binary:hinge", "error"},
               {"rank:pairwise", "auc,map"},
               {"rank:ndcg", "ndcg@3"},
               {"rank:map", "map@3"},
               {"survival:cox", "cox-nloglik"}};
  for (const auto& each : cases) {
    std::string text = TwoClasses(80, 1);
    if (std::string_view(each.objective) == "reg:gamma") text.replace(0, text.find(','), "1");
    if (std::string_view(each.objective) == "reg:gamma") {
      for (std::size_t at = 0; (at = text.find("\n0,", at)) != std::string::npos;) text[at + 1] = '2';
    }
    AddChannel("train", text);
    Hyperparameters({{"objective", each.objective}, {"eval_metric", each.metric}, {"num_round", "2"}});
    EXPECT_EQ(Run(), 0) << each.objective << ": " << Failure();
    EXPECT_EQ(Rounds(), 2u) << each.objective << log();
  }
}

TEST_F(TrainingJob, TrainsEveryBooster) {
  AddChannel("train", TwoClasses(200, 1));
  AddChannel("validation", TwoClasses(100, 2));
  for (const char* booster : {"gbtree", "gblinear", "dart"}) {
    JsonObject values{
        {"booster", booster}, {"early_stopping_rounds", "2"}, {"num_round", "30"}, {"eval_metric", "auc"}};
    if (booster == std::string_view("dart")) values["rate_drop"] = "0.2";
    Hyperparameters(values);
    EXPECT_EQ(Run(), 0) << booster << ": " << Failure();
    EXPECT_GT(LastMetric(log(), "validation-auc"), 0.9) << booster;
    EXPECT_NO_THROW(FindAlgorithm("xgboost")->Load({.model = root() / "model"})) << booster;
  }
}

TEST_F(TrainingJob, TrainsSeveralClasses) {
  std::string text;
  for (int i = 0; i < 90; ++i) text += fmt::format("{},{},{}\n", i % 3, i % 3 * 10 + i % 7, i % 5);
  AddChannel("train", text);
  for (const char* objective : {"multi:softmax", "multi:softprob"}) {
    Hyperparameters(
        {{"objective", objective}, {"num_class", "3"}, {"eval_metric", "mlogloss,merror,accuracy,f1_macro"}});
    EXPECT_EQ(Run(), 0) << Failure();
    EXPECT_GT(LastMetric(log(), "train-accuracy"), 0.95);
  }
}

TEST_F(TrainingJob, TakesEveryTreeHyperparameter) {
  AddChannel("train", TwoClasses(200, 1));
  const JsonObject cases[] = {
      {{"tree_method", "exact"}, {"monotone_constraints", "(1, 1, 0)"}},
      {{"tree_method", "approx"}, {"interaction_constraints", "[[0, 1], [2]]"}, {"max_bin", "64"}},
      {{"tree_method", "hist"}, {"grow_policy", "lossguide"}, {"max_leaves", "8"}, {"max_depth", "0"}},
      {{"num_parallel_tree", "3"}, {"colsample_bylevel", "0.5"}, {"colsample_bynode", "0.5"}, {"gamma", "0.1"}},
      {{"updater", "grow_quantile_histmaker,prune"}, {"max_delta_step", "1"}, {"scale_pos_weight", "2"}},
      {{"booster", "gblinear"}, {"updater", "coord_descent"}, {"feature_selector", "cyclic"}, {"alpha", "0.01"}},
      {{"sketch_eps", "0.1"}, {"single_precision_histogram", "true"}, {"predictor", "cpu_predictor"}, {"silent", "1"}},
      {{"verbosity", "2"}, {"save_model_on_termination", "true"}, {"deterministic_histogram", "false"}},
  };
  for (const JsonObject& values : cases) {
    Hyperparameters(values);
    EXPECT_EQ(Run(), 0) << ToText(values) << ": " << Failure();
  }
}

TEST_F(TrainingJob, UpdatesTheTreesOfACheckpoint) {
  AddChannel("train", TwoClasses(200, 1));
  std::filesystem::create_directories(root() / "checkpoints");
  Hyperparameters({{"num_round", "3"}});
  EXPECT_EQ(Run(), 0);
  Hyperparameters({{"num_round", "3"}, {"process_type", "update"}, {"updater", "refresh"}});
  EXPECT_EQ(Run(), 0) << Failure();
  std::filesystem::remove_all(root() / "checkpoints");
  EXPECT_EQ(Run(), 1);
  EXPECT_THAT(Failure(), HasSubstr("give the job a checkpoint"));
}

}  // namespace
}  // namespace sagebrush::algorithms
