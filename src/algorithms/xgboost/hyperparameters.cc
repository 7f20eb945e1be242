#include "algorithms/xgboost/hyperparameters.h"

#include <fmt/format.h>

#include <charconv>

#include "algorithms/algorithm.h"
#include "algorithms/job_log.h"

namespace sagebrush::algorithms::xgboost {
namespace {

using Type = Hyperparameter::Type;

constexpr std::string_view kMaximized[] = {"accuracy",
                                           "auc",
                                           "aucpr",
                                           "balanced_accuracy",
                                           "f1",
                                           "f1_binary",
                                           "f1_macro",
                                           "map",
                                           "ndcg",
                                           "pre",
                                           "r2",
                                           "precision",
                                           "recall",
                                           "precision_macro",
                                           "precision_micro",
                                           "recall_macro",
                                           "recall_micro",
                                           "interval-regression-accuracy"};
constexpr std::string_view kMinimized[] = {
    "aft-nloglik", "cox-nloglik", "error",          "gamma-deviance", "gamma-nloglik", "logloss",         "mae",
    "mape",        "merror",      "mlogloss",       "mphe",           "mse",           "poisson-nloglik", "quantile",
    "rmse",        "rmsle",       "tweedie-nloglik"};
constexpr std::string_view kOwn[] = {
    "accuracy",    "balanced_accuracy", "f1",     "f1_binary",       "f1_macro",        "mse",
    "r2",          "precision",         "recall", "precision_macro", "precision_micro", "recall_macro",
    "recall_micro"};

bool Contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string KnownMetrics() { return fmt::format("[{}, {}]", fmt::join(kMaximized, ", "), fmt::join(kMinimized, ", ")); }

bool IsNumber(std::string_view text) {
  double value = 0;
  if (text.ends_with('-')) text.remove_suffix(1);  // "ndcg@5-": a query without relevant rows counts 0.
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::string CheckMetric(std::string_view metric) {
  const auto at = metric.find('@');
  const std::string_view name = metric.substr(0, at);
  if (at == std::string_view::npos) {
    if (name == "ndcg-" || name == "map-" || Contains(kMaximized, name) || Contains(kMinimized, name)) return "";
    return "is not in " + KnownMetrics();
  }
  if (!Contains(std::initializer_list<std::string_view>{"error", "ndcg", "map", "pre", "tweedie-nloglik"}, name)) {
    return "is not supported: only error, map, ndcg, pre and tweedie-nloglik take a threshold '@t'";
  }
  return IsNumber(metric.substr(at + 1)) ? "" : fmt::format("needs a number after '{}@'", name);
}

std::string CheckTuningMetric(std::string_view value) {
  const auto colon = value.find(':');
  const std::string_view segment = value.substr(0, colon);
  if (colon == std::string_view::npos || (segment != "validation" && segment != "train")) {
    return "is not of the form validation:METRIC";
  }
  return CheckMetric(value.substr(colon + 1));
}

// The integers in text like "(1, 0,-1)" or "[[0, 1], [2]]"; false when there is anything else in it.
bool ParseIntegers(std::string_view text, std::vector<int>& out) {
  while (!text.empty()) {
    if (std::string_view("()[], ").find(text.front()) != std::string_view::npos) {
      text.remove_prefix(1);
      continue;
    }
    if (text.front() == '+') text.remove_prefix(1);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return false;
    out.push_back(value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return true;
}

std::string CheckMonotone(std::string_view value) {
  std::vector<int> items;
  if (!ParseIntegers(value, items) || items.empty()) {
    return "is not a list such as (1, 0, -1) or [1, 0, -1] with one item for each feature, in their order";
  }
  const bool fits = std::all_of(items.begin(), items.end(), [](int i) { return i >= -1 && i <= 1; });
  return fits ? "" : "is not in [-1, 0, 1]";
}

// Groups of columns in the form that the library takes, [[0,1],[2]], from lists or tuples, one of them with or without
// brackets of its own. Empty: it is something else.
std::string NestedList(std::string_view text) {
  std::string list;
  for (const char c : text) {
    if (c == ' ') continue;
    const char bracket = c == '(' ? '[' : c == ')' ? ']' : c;
    if (bracket == ']' && list.ends_with(',')) list.pop_back();  // A tuple of one: (2,)
    list += bracket;
  }
  if (!list.starts_with("[[")) list = "[" + list + "]";
  try {
    const Json groups = ParseJson(list);
    if (groups.as_array().empty()) return "";
    for (const Json& group : groups.as_array()) {
      for (const Json& column : group.as_array()) {
        if (!column.is_int64() || column.get_int64() < 0) return "";
      }
    }
  } catch (const std::exception&) {
    return "";
  }
  return list;
}

std::string CheckInteraction(std::string_view value) {
  return NestedList(value).empty() ? "is not a nested list of columns, counted from 0, such as [[0, 1], [2, 3, 4]]"
                                   : "";
}

std::string CheckTreeMethod(std::string_view value) {
  if (value.starts_with("gpu")) return "needs a GPU, which this algorithm does not use: choose hist, which is as exact";
  if (Contains(std::initializer_list<std::string_view>{"auto", "exact", "approx", "hist"}, value)) return "";
  return "is not in [auto, exact, approx, hist, gpu_hist]";
}

std::string CheckDask(std::string_view value) {
  if (value == "false") return "";
  if (value == "true") return "asks for training on GPUs with Dask, which is not built: leave it out";
  return "is not in [true, false]";
}

void AddGeneral(std::vector<Hyperparameter>& all) {
  all.push_back({.name = "num_round",
                 .type = Type::kInteger,
                 .range = kFromOne,
                 .required = true,
                 .tunable = Interval{1, 4000},
                 .note = "Rounds to train."});
  all.push_back(
      Integer("num_class", {.least = 2}, "", "Number of classes; required for multi:softmax and multi:softprob."));
  all.push_back(
      Choice("booster", {"gbtree", "gblinear", "dart"}, "gbtree", "Trees, a linear model, or trees with dropout."));
  all.push_back(Choice("objective",
                       {"binary:logistic",   "binary:logitraw",      "binary:hinge",        "count:poisson",
                        "multi:softmax",     "multi:softprob",       "rank:pairwise",       "rank:ndcg",
                        "rank:map",          "reg:linear",           "reg:squarederror",    "reg:logistic",
                        "reg:gamma",         "reg:pseudohubererror", "reg:squaredlogerror", "reg:absoluteerror",
                        "reg:quantileerror", "reg:tweedie",          "survival:aft",        "survival:cox"},
                       "reg:squarederror", "What is learned. reg:linear is the old name of reg:squarederror."));
  all.push_back(Checked("eval_metric", Type::kChoiceList, CheckMetric, "",
                        "Metrics shown after each round, separated by commas. Default: by the objective."));
  all.push_back(
      Integer("early_stopping_rounds", kFromOne, "",
              "Stop when the last metric on the validation channel has not improved for so many rounds, and keep "
              "the best round's model."));
  all.push_back(Integer("csv_weights", kFlag, "0", "1: the second column of CSV data holds the rows' weights."));
  all.push_back(Real("base_score", kFromZero, "",
                     "Prediction to start from. Default: estimated from the labels (images "
                     "before 2.0: 0.5)."));
  all.push_back(Integer("seed", {-2147483648.0, 2147483647.0, true, true}, "0", "Seed of the random numbers."));
  all.push_back(Integer("nthread", kFromOne, "", "Threads. Default: the CPUs of the instance."));
  all.push_back(
      Integer("verbosity", {.least = 0, .most = 3}, "1", "0 silent, 1 warnings, 2 information, 3 everything."));
  all.push_back(Integer("silent", kFlag, "", "Deprecated: use verbosity."));
  all.push_back(Choice("save_model_on_termination", {"true", "false"}, "false",
                       "Accepted for compatibility: a stopped job always leaves the model of the rounds so far."));
  all.push_back(Integer("_kfold", {.least = 2}, "", "Folds of a cross validation; one model a fold is kept."));
  all.push_back(Integer("_num_cv_round", kFromOne, "1", "Times that the cross validation is repeated."));
  all.push_back(Checked("_tuning_objective_metric", Type::kText, CheckTuningMetric, "",
                        "Set by a tuning job: the metric that it follows."));
}

void AddTrees(std::vector<Hyperparameter>& all) {
  all.push_back(
      Real("eta", kUnit, "0.3", "Step size: how much of each tree counts.", Interval{0.1, 0.5}, "learning_rate"));
  all.push_back(Real("gamma", kFromZero, "0", "Least loss reduction for a split.", Interval{0, 5}, "min_split_loss"));
  all.push_back({.name = "max_depth",
                 .type = Type::kInteger,
                 .range = kFromZero,
                 .default_value = "6",
                 .tunable = Interval{0, 10},
                 .note = "Deepest level of a tree; 0: no limit (needs max_leaves)."});
  all.push_back(Real("min_child_weight", kFromZero, "1", "Least sum of weights in a leaf.", Interval{0, 120}));
  all.push_back(
      Real("max_delta_step", kFromZero, "0", "Largest step of a leaf's value; 0: no limit.", Interval{0, 10}));
  all.push_back(Real("subsample", kFraction, "1", "Share of rows that each tree sees.", Interval{0.5, 1}));
  all.push_back(Real("colsample_bytree", kFraction, "1", "Share of columns that each tree sees.", Interval{0.5, 1}));
  all.push_back(Real("colsample_bylevel", kFraction, "1", "Share of columns that each level sees.", Interval{0.1, 1}));
  all.push_back(Real("colsample_bynode", kFraction, "1", "Share of columns that each split sees.", Interval{0.1, 1}));
  all.push_back(Real("lambda", kFromZero, "1", "L2 regularisation.", Interval{0, 1000}, "reg_lambda"));
  all.push_back(Real("alpha", kFromZero, "0", "L1 regularisation.", Interval{0, 1000}, "reg_alpha"));
  all.push_back(Checked("tree_method", Type::kText, CheckTreeMethod, "auto",
                        "How trees are built: auto, exact, approx or hist."));
  all.push_back(Real("scale_pos_weight", kPositive, "1", "Weight of positive rows."));
  all.push_back({.name = "updater",
                 .type = Type::kChoiceList,
                 .choices = {"grow_colmaker", "distcol", "grow_histmaker", "grow_local_histmaker", "grow_skmaker",
                             "grow_quantile_histmaker", "sync", "refresh", "prune", "shotgun", "coord_descent"},
                 .note = "Steps that build and change trees, separated by commas. Default: by tree_method."});
  all.push_back(Integer("refresh_leaf", kFlag, "1", "For updater refresh: 1 also refreshes the leaves."));
  all.push_back(Choice("process_type", {"default", "update"}, "default", "update: changes the trees of a checkpoint."));
  all.push_back(Choice("grow_policy", {"depthwise", "lossguide"}, "depthwise", "Where the next split goes."));
  all.push_back(Integer("max_leaves", kFromZero, "0", "Most leaves of a tree; 0: no limit."));
  all.push_back(Integer("max_bin", kFromZero, "256", "Bins of a feature for hist and approx."));
  all.push_back(Integer("num_parallel_tree", kFromOne, "1", "Trees a round: above 1, a boosted forest."));
  all.push_back(Choice("sampling_method", {"uniform", "gradient_based"}, "uniform",
                       "How rows are sampled; gradient_based "
                       "needs a GPU."));
  all.push_back(
      Checked("monotone_constraints", Type::kText, CheckMonotone, "",
              "For each feature 1 (rising), -1 (falling) or 0: (1, 0, -1). Needs tree_method exact or hist."));
  all.push_back(
      Checked("interaction_constraints", Type::kText, CheckInteraction, "",
              "Groups of columns that may be used together: [[0, 1], [2, 3]]. Needs tree_method exact, hist or "
              "approx."));
}

void AddSpecial(std::vector<Hyperparameter>& all) {
  all.push_back(Choice("sample_type", {"uniform", "weighted"}, "uniform", "dart: how trees are dropped."));
  all.push_back(Choice("normalize_type", {"tree", "forest"}, "tree", "dart: weight of new trees."));
  all.push_back(Real("rate_drop", kUnit, "0", "dart: share of trees dropped."));
  all.push_back(Integer("one_drop", kFlag, "0", "dart: 1 drops at least one tree."));
  all.push_back(Real("skip_drop", kUnit, "0", "dart: probability of dropping none."));
  all.push_back(Choice("feature_selector", {"cyclic", "shuffle", "random", "greedy", "thrifty"}, "cyclic",
                       "gblinear: order of the columns."));
  all.push_back(Integer("top_k", kFromZero, "0", "gblinear: columns that greedy and thrifty look at; 0: all."));
  all.push_back(
      Real("tweedie_variance_power", {1, 2, true, true}, "1.5", "reg:tweedie: variance of the distribution."));
  all.push_back(Real("huber_slope", kPositive, "1", "reg:pseudohubererror: where the loss becomes linear."));
  all.push_back(Real("quantile_alpha", {0, 1, true, true}, "", "reg:quantileerror: the quantile."));
  all.push_back(Choice("aft_loss_distribution", {"normal", "logistic", "extreme"}, "normal", "survival:aft."));
  all.push_back(Real("aft_loss_distribution_scale", kPositive, "1", "survival:aft."));
  all.push_back(Choice("lambdarank_pair_method", {"topk", "mean"}, "topk", "rank:*: how pairs are made."));
  all.push_back(Integer("lambdarank_num_pair_per_sample", kFromOne, "", "rank:*: pairs a row, or depth of topk."));
  all.push_back(Choice("lambdarank_unbiased", {"true", "false"}, "false", "rank:*: corrects click bias."));
  all.push_back(Real("lambdarank_bias_norm", kFromZero, "2", "rank:*: norm of the click bias correction."));
  all.push_back(Choice("ndcg_exp_gain", {"true", "false"}, "true", "rank:*: exponential gain in ndcg."));
  all.push_back(
      Integer("max_cat_to_onehot", kFromOne, "", "Categorical features with fewer values are one-hot encoded."));
  all.push_back(Integer("max_cat_threshold", kFromOne, "", "Most values that a categorical split looks at."));
  all.push_back(Integer("max_cached_hist_node", kFromOne, "", "hist: nodes whose histograms are kept."));
}

constexpr std::string_view kGone = "Accepted and not used: the XGBoost library no longer has it.";

void AddRetired(std::vector<Hyperparameter>& all) {
  all.push_back(Real("sketch_eps", {0, 1, true, true}, "0.03", kGone));
  all.push_back(Real("lambda_bias", kUnit, "0", kGone));
  all.push_back(Choice("dsplit", {"row", "col"}, "row", kGone));
  all.push_back(Choice("predictor", {"auto", "cpu_predictor", "gpu_predictor"}, "auto", kGone));
  all.push_back(Choice("single_precision_histogram", {"true", "false"}, "false", kGone));
  all.push_back(Choice("deterministic_histogram", {"true", "false"}, "true",
                       "Accepted and not used: training here always is "
                       "deterministic."));
  all.push_back(Integer("prob_buffer_row", {.least = 1, .least_open = true}, "", kGone));
  all.push_back(
      Checked("use_dask_gpu_training", Type::kText, CheckDask, "false", "Not built: only false is accepted."));
}

std::vector<Hyperparameter> Declare() {
  std::vector<Hyperparameter> all;
  AddGeneral(all);
  AddTrees(all);
  AddSpecial(all);
  AddRetired(all);
  return all;
}

[[noreturn]] void Refuse(const std::string& message) { throw Error(kClientError, message); }

void CheckUpdaters(const Hyperparameters& values) {
  const std::vector<std::string> updaters = values.GetList("updater");
  if (updaters.empty()) return;
  const auto is_linear = [](const std::string& name) { return name == "shotgun" || name == "coord_descent"; };
  const auto is_update = [](const std::string& name) { return name == "refresh" || name == "prune"; };
  if (values.GetText("booster") == "gblinear") {
    if (updaters.size() != 1 || !is_linear(updaters[0])) {
      Refuse("Hyperparameter updater: linear updater should be one of these options: 'shotgun', 'coord_descent'.");
    }
  } else if (values.GetText("process_type") == "update") {
    if (!std::all_of(updaters.begin(), updaters.end(), is_update)) {
      Refuse("Hyperparameter updater: process_type 'update' can only be used with updater 'refresh' and 'prune'");
    }
  } else if (std::any_of(updaters.begin(), updaters.end(), is_linear)) {
    Refuse("Hyperparameter updater: 'shotgun' and 'coord_descent' need booster 'gblinear'.");
  } else if (std::count_if(updaters.begin(), updaters.end(), [](const std::string& name) {
               return name.starts_with("grow_") || name == "distcol";
             }) > 1) {
    Refuse("Hyperparameter updater: only one tree grow plugin can be selected.");
  }
}

void CheckConstraints(const Hyperparameters& values) {
  const std::string method = values.GetText("tree_method");
  if (values.IsGiven("monotone_constraints") && method != "exact" && method != "hist") {
    Refuse("monotone_constraints can be used only when the tree_method parameter is set to either 'exact' or 'hist'.");
  }
  if (values.IsGiven("interaction_constraints") && method != "exact" && method != "hist" && method != "approx") {
    Refuse(
        "interaction_constraints can be used only when the tree_method parameter is set to either 'exact', 'hist' or "
        "'approx'.");
  }
}

void CheckMetrics(const Hyperparameters& values) {
  const std::string objective = values.GetText("objective");
  for (const std::string& metric : values.GetList("eval_metric")) {
    if (metric == "auc" && !objective.starts_with("binary:") && !objective.starts_with("rank:")) {
      Refuse("Metric 'auc' can only be applied for classification and ranking problems.");
    }
    if (metric == "aft-nloglik" && objective != "survival:aft") {
      Refuse("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.");
    }
  }
}

// The library's name of an updater that has been renamed or removed.
std::string CurrentUpdater(const std::string& name) {
  if (name == "distcol") return "grow_colmaker";
  if (name == "grow_local_histmaker" || name == "grow_skmaker") return "grow_histmaker";
  return name;
}

bool IsOurs(std::string_view name) {
  return Contains(
      std::initializer_list<std::string_view>{"num_round", "csv_weights", "early_stopping_rounds", "eval_metric",
                                              "nthread", "silent", "save_model_on_termination", "_kfold",
                                              "_num_cv_round", "_tuning_objective_metric", "use_dask_gpu_training",
                                              "deterministic_histogram"},
      name);
}

// What the library is told instead of `value`; nullopt: nothing.
std::optional<std::string> Translate(const std::string& name, const std::string& value) {
  for (const Hyperparameter& declared : DeclaredHyperparameters()) {
    if (declared.name == name && declared.note == kGone) {
      PrintWarning("Hyperparameter {} is not used any more and has no effect.", name);
      return std::nullopt;
    }
  }
  if (name == "objective" && value == "reg:linear") {
    PrintWarning("reg:linear is now called reg:squarederror.");
    return "reg:squarederror";
  }
  if (name == "sampling_method" && value == "gradient_based") {
    PrintWarning("sampling_method gradient_based needs a GPU; rows are sampled uniformly.");
    return std::nullopt;
  }
  if (name == "monotone_constraints") {  // The library takes the form of a tuple only.
    std::vector<int> items;
    ParseIntegers(value, items);
    return fmt::format("({})", fmt::join(items, ","));
  }
  if (name == "interaction_constraints") return NestedList(value);
  if (name == "updater") {
    std::string updaters;
    for (const std::string& each : SplitList(value)) updaters += (updaters.empty() ? "" : ",") + CurrentUpdater(each);
    return updaters;
  }
  return value;
}

}  // namespace

std::span<const Hyperparameter> DeclaredHyperparameters() {
  static const std::vector<Hyperparameter> declared = Declare();
  return declared;
}

void CheckHyperparameters(const Hyperparameters& values) {
  const std::string objective = values.GetText("objective");
  const bool multi = objective.starts_with("multi:");
  if (multi && !values.IsGiven("num_class")) Refuse("Require input for parameter 'num_class' for multi-classification");
  if (!multi && values.IsGiven("num_class")) {
    Refuse(fmt::format(
        "Do not need to setup parameter 'num_class' for learning task other than multi-classification: leave "
        "it out, or set objective to multi:softmax or multi:softprob instead of {}.",
        objective));
  }
  if (objective == "reg:quantileerror" && !values.IsGiven("quantile_alpha")) {
    Refuse("objective reg:quantileerror needs hyperparameter quantile_alpha, for example 0.5");
  }
  if (objective == "survival:aft") {
    Refuse(
        "objective survival:aft needs a lower and an upper bound for each row (label_lower_bound, label_upper_bound), "
        "and a channel holds one label: use survival:cox, whose labels are times, negative where the row is censored.");
  }
  if (values.IsGiven("_num_cv_round") && !values.IsGiven("_kfold")) Refuse("_num_cv_round needs _kfold");
  CheckUpdaters(values);
  CheckConstraints(values);
  CheckMetrics(values);
}

EvalMetrics ChooseMetrics(const Hyperparameters& values) {
  std::vector<std::string> wanted = values.GetList("eval_metric");
  EvalMetrics metrics;
  if (!wanted.empty()) metrics.early_stopping = wanted.back();
  if (const std::string tuning = values.GetText("_tuning_objective_metric"); !tuning.empty()) {
    metrics.early_stopping = tuning.substr(tuning.find(':') + 1);
    wanted.push_back(metrics.early_stopping);
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (std::find(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(i), wanted[i]) !=
        wanted.begin() + static_cast<std::ptrdiff_t>(i)) {
      continue;
    }
    (IsOwnMetric(wanted[i]) ? metrics.own : metrics.library).push_back(wanted[i]);
  }
  return metrics;
}

bool IsMaximized(std::string_view metric) {
  metric = metric.substr(0, metric.find('@'));
  if (metric.ends_with('-')) metric.remove_suffix(1);
  return Contains(kMaximized, metric);
}

bool IsOwnMetric(std::string_view metric) { return Contains(kOwn, metric); }

std::vector<std::pair<std::string, std::string>> LibraryParameters(const Hyperparameters& values,
                                                                   const ImageVersion& image, std::size_t rows) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const auto& [name, value] : values.given()) {
    if (IsOurs(name)) continue;
    if (std::optional<std::string> translated = Translate(name, value)) parameters.emplace_back(name, *translated);
  }
  const bool trees = values.GetText("booster") != "gblinear";
  if (image.major < 2) {
    if (!values.IsGiven("base_score")) parameters.emplace_back("base_score", "0.5");
    constexpr std::size_t kExactRowsMax = 1 << 22;  // Where those versions' "auto" went over to approx.
    if (trees && !values.IsGiven("updater") && values.GetText("tree_method") == "auto" && rows <= kExactRowsMax &&
        values.GetText("grow_policy") == "depthwise" && !values.IsGiven("max_leaves")) {
      std::erase_if(parameters, [](const auto& each) { return each.first == "tree_method"; });
      parameters.emplace_back("tree_method", "exact");
    }
  }
  if (values.IsGiven("silent") && !values.IsGiven("verbosity")) {
    parameters.emplace_back("verbosity", values.GetInteger("silent") != 0 ? "0" : "1");
  }
  return parameters;
}

}  // namespace sagebrush::algorithms::xgboost
