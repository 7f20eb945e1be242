// Models that the XGBoost library trains at random, predicted by it and by us: equal to the last bit.
#include <dlfcn.h>

#include <bit>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "algorithms/xgboost/booster_predictor.h"
#include "algorithms/xgboost/library.h"

namespace sagebrush::algorithms::xgboost {
namespace {

struct Case {
  std::string name;
  std::vector<std::pair<std::string, std::string>> parameters;
  int classes = 1;             // Labels are 0 .. classes - 1; 1: real numbers above zero.
  std::size_t categories = 0;  // Column 1 holds so many categories.
  int rounds = 12;
  std::size_t targets = 1;  // Labels a row.
  bool prunes = false;      // The model has deleted nodes.
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const std::string objective :
       {"reg:squarederror", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror", "count:poisson",
        "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft"}) {
    cases.push_back({objective, {{"objective", objective}}});
  }
  for (const std::string objective : {"binary:logistic", "binary:logitraw", "binary:hinge", "reg:logistic",
                                      "rank:pairwise", "rank:ndcg", "rank:map"}) {
    cases.push_back({objective, {{"objective", objective}}, 2});
  }
  for (const std::string objective : {"multi:softmax", "multi:softprob"}) {
    cases.push_back({objective, {{"objective", objective}, {"num_class", "5"}}, 5});
    cases.push_back({objective + "-forest",
                     {{"objective", objective}, {"num_class", "3"}, {"num_parallel_tree", "3"}, {"subsample", "0.5"}},
                     3});
    cases.push_back({objective + "-dart",
                     {{"objective", objective}, {"num_class", "3"}, {"booster", "dart"}, {"rate_drop", "0.3"}},
                     3});
    cases.push_back(
        {objective + "-linear", {{"objective", objective}, {"num_class", "3"}, {"booster", "gblinear"}}, 3});
  }
  const std::pair<std::string, std::string> logistic{"objective", "binary:logistic"};
  cases.push_back({"dart", {logistic, {"booster", "dart"}, {"rate_drop", "0.4"}, {"one_drop", "1"}}, 2});
  cases.push_back({"linear", {logistic, {"booster", "gblinear"}}, 2});
  cases.push_back({"linear-regression", {{"objective", "reg:squarederror"}, {"booster", "gblinear"}}});
  cases.push_back({"base-score", {logistic, {"base_score", "0.123"}}, 2});
  cases.push_back({"base-score-poisson", {{"objective", "count:poisson"}, {"base_score", "1.7"}}});
  cases.push_back({"stump", {logistic, {"max_depth", "1"}}, 2});
  cases.push_back({"depth-3", {logistic, {"max_depth", "3"}}, 2});
  cases.push_back({"depth-8", {logistic, {"max_depth", "8"}, {"min_child_weight", "0"}}, 2});
  cases.push_back({"deep", {logistic, {"max_depth", "20"}, {"min_child_weight", "0"}}, 2});
  cases.push_back({"no-growth", {logistic, {"gamma", "1e9"}}, 2});
  cases.push_back(
      {"leafwise",
       {logistic, {"grow_policy", "lossguide"}, {"max_leaves", "40"}, {"max_depth", "0"}, {"tree_method", "hist"}},
       2});
  cases.push_back({"category-onehot", {logistic, {"max_cat_to_onehot", "100"}, {"tree_method", "hist"}}, 2, 6});
  cases.push_back({"category-sets", {logistic, {"max_cat_to_onehot", "1"}, {"tree_method", "hist"}}, 2, 70});
  cases.push_back({"many-trees", {logistic, {"max_depth", "6"}}, 2, 0, 100});
  cases.push_back({"max-delta-step", {{"objective", "count:poisson"}, {"max_delta_step", "0.7"}}});
  cases.push_back({"constraints",
                   {logistic,
                    {"monotone_constraints", "(1,-1,0)"},
                    {"interaction_constraints", "[[0,1],[2,3,4]]"},
                    {"tree_method", "hist"}},
                   2});
  cases.push_back({"column-samples",
                   {logistic, {"colsample_bytree", "0.5"}, {"colsample_bylevel", "0.7"}, {"colsample_bynode", "0.7"}},
                   2});
  cases.push_back({"quantile", {{"objective", "reg:quantileerror"}, {"quantile_alpha", "[0.1,0.5,0.9]"}}});
  return cases;
}

// gamma and its relatives delete nodes again, which stay in the file: AWS's tutorials all set it.
std::vector<Case> PrunedCases() {
  std::vector<Case> cases;
  const std::pair<std::string, std::string> gamma{"gamma", "1"};
  for (const std::string method : {"exact", "approx", "hist"}) {
    for (const std::string booster : {"gbtree", "dart"}) {
      const std::pair<std::string, std::string> how{"tree_method", method}, which{"booster", booster};
      const std::string name = "pruned-" + method + "-" + booster;
      const bool prunes = method == "exact";  // The others do not make what they would delete.
      cases.push_back({name, {{"objective", "binary:logistic"}, how, which, gamma}, 2, 0, 12, 1, prunes});
      cases.push_back({name + "-softprob",
                       {{"objective", "multi:softprob"}, {"num_class", "3"}, {"rate_drop", "0.3"}, how, which, gamma},
                       3,
                       0,
                       12,
                       1,
                       prunes});
    }
  }
  cases.push_back(
      {"pruned-forest", {{"objective", "reg:squarederror"}, {"num_parallel_tree", "4"}, {"subsample", "0.5"}, gamma}});
  cases.push_back({"pruned-poisson", {{"objective", "count:poisson"}, {"gamma", "0.3"}, {"tree_method", "exact"}}});
  cases.back().prunes = true;
  cases.push_back({"pruned-category",
                   {{"objective", "binary:logistic"}, {"max_cat_to_onehot", "1"}, {"tree_method", "hist"}, gamma},
                   2,
                   40});
  cases.push_back({"pruned-leafwise",
                   {{"objective", "binary:logistic"},
                    {"grow_policy", "lossguide"},
                    {"max_leaves", "40"},
                    {"max_depth", "0"},
                    {"tree_method", "hist"},
                    gamma},
                   2});
  return cases;
}

// Several labels a row: a tree for each of them, or trees whose leaves hold a value for each.
std::vector<Case> TargetCases() {
  std::vector<Case> cases;
  for (const std::string strategy : {"one_output_per_tree", "multi_output_tree"}) {
    const std::pair<std::string, std::string> how{"multi_strategy", strategy}, method{"tree_method", "hist"};
    cases.push_back({strategy, {{"objective", "reg:squarederror"}, how, method}, 1, 0, 12, 3});
    cases.push_back(
        {strategy + "-gamma", {{"objective", "reg:squarederror"}, {"gamma", "1"}, how, method}, 1, 0, 12, 3});
    cases.push_back({strategy + "-logistic", {{"objective", "binary:logistic"}, how, method}, 2, 0, 12, 2});
    cases.push_back({strategy + "-softprob", {{"objective", "multi:softprob"}, {"num_class", "3"}, how, method}, 3});
  }
  return cases;
}

std::vector<Case> AllCases() {
  std::vector<Case> cases = Cases();
  for (std::vector<Case> more : {PrunedCases(), TargetCases()}) cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

Dataset MakeData(const Case& test, std::size_t rows, std::size_t columns, std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<float> uniform;
  Dataset data;
  data.features.rows = rows;
  data.features.columns = columns;
  for (std::size_t r = 0; r < rows; ++r) {
    float signal = normal(random) * 0.2f;
    for (std::size_t c = 0; c < columns; ++c) {
      float value = normal(random);
      if (test.categories > 0 && c == 1) value = std::floor(uniform(random) * static_cast<float>(test.categories));
      signal += c == 1 && test.categories > 0 ? std::sin(value) : value / static_cast<float>(c + 1);
      data.features.values.push_back(uniform(random) < 0.15f ? std::nanf("") : value);
    }
    const float bounded = 1 / (1 + std::exp(-signal));
    const auto classes = static_cast<float>(test.classes);
    data.labels.push_back(test.classes > 1 ? std::min(std::floor(bounded * classes), classes - 1) : bounded * 3 + 0.1f);
  }
  return data;
}

Features ToSparse(const Features& dense) {
  Features sparse{.rows = dense.rows, .columns = dense.columns};
  sparse.offsets.push_back(0);
  for (std::size_t i = 0; i < dense.values.size(); ++i) {
    if (!std::isnan(dense.values[i])) {
      sparse.values.push_back(dense.values[i]);
      sparse.indices.push_back(static_cast<std::uint32_t>(i % dense.columns));
    }
    if ((i + 1) % dense.columns == 0) sparse.offsets.push_back(sparse.values.size());
  }
  return sparse;
}

std::vector<std::uint32_t> BitsOf(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

// Column 1 is categorical. The function is not among those that the server needs.
void SetFeatureTypes(const Matrix& matrix, std::size_t columns) {
  std::vector<const char*> types(columns, "float");
  types[1] = "c";
  void* library = ::dlopen("libxgboost.so", RTLD_NOW);
  auto* set = reinterpret_cast<int (*)(void*, const char*, const char**, std::uint64_t)>(
      ::dlsym(library, "XGDMatrixSetStrFeatureInfo"));
  ASSERT_EQ(set(matrix.handle(), "feature_type", types.data(), columns), 0);
}

// What survival:aft has instead of labels.
void SetBounds(const Matrix& matrix, const std::vector<float>& labels) {
  for (const char* field : {"label_lower_bound", "label_upper_bound"}) {
    const std::string array = fmt::format(R"({{"data":[{},true],"shape":[{}],"typestr":"<f4","version":3}})",
                                          reinterpret_cast<std::uintptr_t>(labels.data()), labels.size());
    ASSERT_EQ(Library().XGDMatrixSetInfoFromInterface(matrix.handle(), field, array.c_str()), 0);
  }
}

void SetTargets(const Matrix& matrix, const std::vector<float>& labels, std::size_t targets) {
  const std::string array =
      fmt::format(R"({{"data":[{},true],"shape":[{},{}],"typestr":"<f4","version":3}})",
                  reinterpret_cast<std::uintptr_t>(labels.data()), labels.size() / targets, targets);
  ASSERT_EQ(Library().XGDMatrixSetInfoFromInterface(matrix.handle(), "label", array.c_str()), 0);
}

// What the library makes of a model in another format than the one that we save.
std::string Resaved(const std::string& model, const char* format) {
  BoosterHandle handle = nullptr;
  bst_ulong length = 0;
  const char* bytes = nullptr;
  EXPECT_EQ(Library().XGBoosterCreate(nullptr, 0, &handle), 0);
  EXPECT_EQ(Library().XGBoosterLoadModelFromBuffer(handle, model.data(), model.size()), 0);
  EXPECT_EQ(Library().XGBoosterSaveModelToBuffer(handle, format, &length, &bytes), 0);
  std::string saved(bytes, length);
  Library().XGBoosterFree(handle);
  return saved;
}

bool HasDeletedNodes(std::string_view json) {
  constexpr std::string_view kName = "\"split_indices\":[";
  for (std::size_t at = 0; (at = json.find(kName, at)) != std::string_view::npos; at += kName.size()) {
    if (json.substr(at, json.find(']', at) - at).find("2147483647") != std::string_view::npos) return true;
  }
  return false;
}

// What Python keeps of a booster when it pickles it: the model with its training configuration.
std::string Serialized(const std::string& model) {
  BoosterHandle handle = nullptr;
  bst_ulong length = 0;
  const char* bytes = nullptr;
  void* library = ::dlopen("libxgboost.so", RTLD_NOW);
  auto* serialize =
      reinterpret_cast<int (*)(void*, bst_ulong*, const char**)>(::dlsym(library, "XGBoosterSerializeToBuffer"));
  EXPECT_EQ(Library().XGBoosterCreate(nullptr, 0, &handle), 0);
  EXPECT_EQ(Library().XGBoosterLoadModelFromBuffer(handle, model.data(), model.size()), 0);
  EXPECT_EQ(serialize(handle, &length, &bytes), 0);
  std::string saved(bytes, length);
  Library().XGBoosterFree(handle);
  return saved;
}

// A trained model of the library.
Booster Train(const Case& test, const Dataset& data) {
  Matrix train(data, 1);
  if (test.categories > 0) SetFeatureTypes(train, data.features.columns);
  if (test.name == "survival:aft") SetBounds(train, data.labels);
  std::vector<float> targets;
  for (std::size_t i = 0; test.targets > 1 && i < data.labels.size() * test.targets; ++i) {
    targets.push_back(data.labels[(i / test.targets + i % test.targets * 7) % data.labels.size()]);
  }
  if (test.targets > 1) SetTargets(train, targets, test.targets);
  const Matrix* cached[] = {&train};
  Booster booster(cached);
  booster.SetParameter("nthread", "1");
  booster.SetParameter("seed", "3");
  for (const auto& [name, value] : test.parameters) booster.SetParameter(name, value);
  for (int round = 0; round < test.rounds; ++round) booster.Update(round, train);
  return booster;
}

class Conformance : public testing::TestWithParam<Case> {};

TEST_P(Conformance, PredictionsEqualTheLibrarys) {
  const Case& test = GetParam();
  std::mt19937 random(std::hash<std::string>()(test.name));
  constexpr std::size_t kColumns = 11;
  const Dataset data = MakeData(test, 400, kColumns, random);
  const Booster library = Train(test, data);
  const Features rows = MakeData(test, 131, kColumns, random).features;
  const auto expected = BitsOf(library.Predict(Matrix(rows, 1), Booster::Output::kValue).values);
  const std::string model = library.Save(), json = Resaved(model, R"({"format":"json"})");
  for (const std::string& file : {model, json, Serialized(model)}) {
    const BoosterPredictor predictor(ReadBooster(file));
    EXPECT_EQ(BitsOf(predictor.Predict(rows)), expected);
    EXPECT_EQ(BitsOf(predictor.Predict(ToSparse(rows))), expected);
  }
  if (test.prunes) EXPECT_TRUE(HasDeletedNodes(json));
}

// Python's predict of the versions up to 1.x, and AWS's container, use the rounds that early stopping found best.
TEST_P(Conformance, PredictionsStopAtTheBestRound) {
  const Case& test = GetParam();
  const bool linear = test.name.ends_with("linear") || test.name.starts_with("linear");
  if (linear) GTEST_SKIP() << "a linear model has no rounds";
  std::mt19937 random(std::hash<std::string>()(test.name));
  const Dataset data = MakeData(test, 200, 11, random);
  Booster library = Train(test, data);
  const auto expected = BitsOf(library.Slice(0, 5).Predict(Matrix(data.features, 1), Booster::Output::kValue).values);
  library.SetAttribute("best_iteration", "4");
  EXPECT_EQ(BitsOf(BoosterPredictor(ReadBooster(library.Save())).Predict(data.features)), expected);
}

INSTANTIATE_TEST_SUITE_P(Library, Conformance, testing::ValuesIn(AllCases()), [](const auto& info) {
  std::string name = info.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

}  // namespace
}  // namespace sagebrush::algorithms::xgboost
