#include "algorithms/xgboost/hyperparameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms::xgboost {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

Hyperparameters Values(JsonObject given) {
  given.emplace("num_round", "10");
  return Hyperparameters::Parse(DeclaredHyperparameters(), given);
}

std::string RefusalOf(JsonObject given) {
  try {
    CheckHyperparameters(Values(std::move(given)));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, kClientError.code);
    return error.what();
  }
  return "";
}

// The names of the Developer Guide's tables for 1.x and 0.72, and those that only the container's source has.
TEST(XgboostHyperparameters, KnowEveryNameOfSageMaker) {
  for (const char* name : {"num_class",
                           "num_round",
                           "alpha",
                           "base_score",
                           "booster",
                           "colsample_bylevel",
                           "colsample_bynode",
                           "colsample_bytree",
                           "csv_weights",
                           "deterministic_histogram",
                           "early_stopping_rounds",
                           "eta",
                           "eval_metric",
                           "gamma",
                           "grow_policy",
                           "interaction_constraints",
                           "lambda",
                           "lambda_bias",
                           "max_bin",
                           "max_delta_step",
                           "max_depth",
                           "max_leaves",
                           "min_child_weight",
                           "monotone_constraints",
                           "normalize_type",
                           "nthread",
                           "objective",
                           "one_drop",
                           "process_type",
                           "rate_drop",
                           "refresh_leaf",
                           "sample_type",
                           "scale_pos_weight",
                           "seed",
                           "single_precision_histogram",
                           "sketch_eps",
                           "skip_drop",
                           "subsample",
                           "tree_method",
                           "tweedie_variance_power",
                           "updater",
                           "use_dask_gpu_training",
                           "verbosity",
                           "silent",
                           "dsplit",
                           "predictor",
                           "sampling_method",
                           "prob_buffer_row",
                           "num_parallel_tree",
                           "save_model_on_termination",
                           "aft_loss_distribution",
                           "aft_loss_distribution_scale",
                           "_kfold",
                           "_num_cv_round",
                           "_tuning_objective_metric"}) {
    EXPECT_TRUE(std::any_of(DeclaredHyperparameters().begin(), DeclaredHyperparameters().end(),
                            [&](const Hyperparameter& item) { return item.name == name; }))
        << name;
  }
}

// Phrases as in sagemaker-xgboost-container, algorithm_mode/hyperparameter_validation.py.
TEST(XgboostHyperparameters, RefuseWhatDoesNotGoTogether) {
  EXPECT_EQ(RefusalOf({{"objective", "multi:softmax"}}),
            "Require input for parameter 'num_class' for multi-classification");
  EXPECT_THAT(RefusalOf({{"objective", "binary:logistic"}, {"num_class", "2"}}), HasSubstr("num_class"));
  EXPECT_EQ(RefusalOf({{"eval_metric", "auc"}}),
            "Metric 'auc' can only be applied for classification and ranking problems.");
  EXPECT_EQ(RefusalOf({{"eval_metric", "aft-nloglik"}}),
            "Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.");
  EXPECT_THAT(RefusalOf({{"monotone_constraints", "(1,0)"}}), HasSubstr("tree_method parameter is set to either"));
  EXPECT_EQ(RefusalOf({{"monotone_constraints", "(1,0)"}, {"tree_method", "hist"}}), "");
  EXPECT_THAT(RefusalOf({{"interaction_constraints", "[[0,1]]"}}), HasSubstr("'approx'"));
  EXPECT_THAT(RefusalOf({{"booster", "gblinear"}, {"updater", "prune"}}), HasSubstr("linear updater"));
  EXPECT_THAT(RefusalOf({{"updater", "grow_histmaker,grow_colmaker"}}), HasSubstr("only one"));
  EXPECT_THAT(RefusalOf({{"process_type", "update"}, {"updater", "grow_colmaker"}}),
              HasSubstr("'refresh' and 'prune'"));
  EXPECT_EQ(RefusalOf({{"objective", "multi:softprob"}, {"num_class", "3"}}), "");
}

TEST(XgboostHyperparameters, RefuseValuesThatNoMetricOrTreeMethodHas) {
  EXPECT_THROW(Values({{"eval_metric", "auc,nonsense"}}), Error);
  EXPECT_THROW(Values({{"eval_metric", "rmse@2"}}), Error);
  EXPECT_THROW(Values({{"eval_metric", "error@x"}}), Error);
  EXPECT_NO_THROW(Values({{"eval_metric", "error@0.7,ndcg@5,map@3-"}}));
  EXPECT_THROW(Values({{"tree_method", "gpu_hist"}}), Error);
  EXPECT_THROW(Values({{"use_dask_gpu_training", "true"}}), Error);
  EXPECT_THROW(Values({{"monotone_constraints", "(2)"}}), Error);
  EXPECT_THROW(Values({{"interaction_constraints", "0,1"}}), Error);
  EXPECT_THROW(Values({{"_tuning_objective_metric", "auc"}}), Error);
}

TEST(XgboostMetrics, AreThoseAskedForAndTheTuningObjective) {
  const EvalMetrics metrics =
      ChooseMetrics(Values({{"eval_metric", "logloss,f1,auc"}, {"_tuning_objective_metric", "validation:accuracy"}}));
  EXPECT_THAT(metrics.library, ElementsAre("logloss", "auc"));
  EXPECT_THAT(metrics.own, ElementsAre("f1", "accuracy"));
  EXPECT_EQ(metrics.early_stopping, "accuracy");
}

TEST(XgboostMetrics, KnowWhichWayIsBetter) {
  for (const char* name : {"auc", "aucpr", "ndcg@5", "map", "accuracy", "r2"}) EXPECT_TRUE(IsMaximized(name)) << name;
  for (const char* name : {"rmse", "error@0.7", "mape", "mlogloss"}) EXPECT_FALSE(IsMaximized(name)) << name;
}

TEST(XgboostParameters, MapOldNamesAndLeaveOutWhatIsNotTheLibrarys) {
  const auto parameters = LibraryParameters(Values({{"objective", "reg:linear"},
                                                    {"updater", "grow_skmaker,prune"},
                                                    {"sketch_eps", "0.1"},
                                                    {"csv_weights", "1"},
                                                    {"learning_rate", "0.1"},
                                                    {"silent", "1"}}),
                                            ParseImageVersion("1.7-1"), 100);
  EXPECT_THAT(parameters, Contains(Pair("objective", "reg:squarederror")));
  EXPECT_THAT(parameters, Contains(Pair("updater", "grow_histmaker,prune")));
  EXPECT_THAT(parameters, Contains(Pair("eta", "0.1")));
  EXPECT_THAT(parameters, Contains(Pair("verbosity", "0")));
  for (const char* name : {"sketch_eps", "csv_weights", "num_round", "silent"}) {
    EXPECT_THAT(parameters, Not(Contains(Pair(name, testing::_)))) << name;
  }
}

// Users write lists and tuples; the library takes one form of each.
TEST(XgboostParameters, MakeOneFormOfConstraints) {
  for (const char* given : {"(1,-1)", "[1,-1]", "1,-1", " ( 1 , -1 ) "}) {
    EXPECT_THAT(LibraryParameters(Values({{"tree_method", "hist"}, {"monotone_constraints", given}}), {3}, 100),
                Contains(Pair("monotone_constraints", "(1,-1)")))
        << given;
  }
  for (const char* given : {"[[0, 1],[2]]", "[(0,1),(2,)]", "((0, 1), (2,))", "[0,1],[2]"}) {
    EXPECT_THAT(LibraryParameters(Values({{"tree_method", "hist"}, {"interaction_constraints", given}}), {3}, 100),
                Contains(Pair("interaction_constraints", "[[0,1],[2]]")))
        << given;
  }
  for (const char* wrong : {"{\"a\": 1}", "(1,-2)", "()", "a", "(1,0.5)"}) {
    EXPECT_THROW(Values({{"monotone_constraints", wrong}}), Error) << wrong;
  }
  for (const char* wrong : {"[[\"f0\", \"f1\"]]", "[[0,-1]]", "[[0,1]", "[[0],1]", "0,1", "[[0.5]]", ""}) {
    EXPECT_THROW(Values({{"interaction_constraints", wrong}}), Error) << wrong;
  }
}

TEST(XgboostHyperparameters, RefuseAnObjectiveWhoseLabelsNoChannelCanHold) {
  EXPECT_THAT(RefusalOf({{"objective", "survival:aft"}}), HasSubstr("use survival:cox"));
}

// XGBoost 2.0's release notes: base_score is estimated, and tree_method auto means hist.
TEST(XgboostParameters, FollowTheDefaultsOfTheImagesVersion) {
  const auto old = LibraryParameters(Values({}), ParseImageVersion("1.5-1"), 100);
  EXPECT_THAT(old, Contains(Pair("base_score", "0.5")));
  EXPECT_THAT(old, Contains(Pair("tree_method", "exact")));
  EXPECT_THAT(LibraryParameters(Values({}), ParseImageVersion("latest"), 100), Contains(Pair("tree_method", "exact")));
  EXPECT_THAT(LibraryParameters(Values({}), ParseImageVersion("3.0-5"), 100), testing::IsEmpty());
  EXPECT_THAT(LibraryParameters(Values({}), ParseImageVersion(""), 100), testing::IsEmpty());
}

}  // namespace
}  // namespace sagebrush::algorithms::xgboost
