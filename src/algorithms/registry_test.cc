#include "algorithms/registry.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "algorithms/documentation.h"
#include "algorithms/runner.h"

namespace sagebrush::algorithms {
namespace {

// What holds for every algorithm.
class EveryAlgorithm : public testing::TestWithParam<std::string_view> {
 protected:
  const Algorithm& algorithm() const { return *FindAlgorithm(GetParam()); }
};

std::vector<std::string_view> Names() {
  std::vector<std::string_view> names;
  for (const auto& algorithm : AllAlgorithms()) names.push_back(algorithm->name());
  return names;
}

TEST_P(EveryAlgorithm, DeclaresEachHyperparameterOnce) {
  std::set<std::string_view> names;
  for (const Hyperparameter& item : algorithm().Declare()) {
    EXPECT_TRUE(names.insert(item.name).second) << item.name;
    if (!item.alias.empty()) EXPECT_TRUE(names.insert(item.alias).second) << item.alias;
  }
}

TEST_P(EveryAlgorithm, HasDefaultsThatItWouldAccept) {
  for (const Hyperparameter& item : algorithm().Declare()) {
    if (item.default_value.empty()) continue;
    Hyperparameter alone = item;
    alone.required = false;
    const JsonObject given{{std::string(item.name), std::string(item.default_value)}};
    EXPECT_NO_THROW(Hyperparameters::Parse({&alone, 1}, given)) << item.name;
  }
}

TEST_P(EveryAlgorithm, RefusesValuesOutsideItsRanges) {
  for (const Hyperparameter& item : algorithm().Declare()) {
    if (item.type == Hyperparameter::Type::kText && item.check == nullptr) continue;
    Hyperparameter alone = item;
    alone.required = false;
    EXPECT_THROW(Hyperparameters::Parse({&alone, 1}, JsonObject{{std::string(item.name), "no such value"}}), Error)
        << item.name;
  }
}

TEST_P(EveryAlgorithm, SaysWhatEachHyperparameterDoes) {
  for (const Hyperparameter& item : algorithm().Declare()) EXPECT_FALSE(item.note.empty()) << item.name;
  const std::string text = DescribeAsMarkdown(algorithm());
  const Json json = DescribeAsJson(algorithm());
  EXPECT_EQ(json.at("SupportedHyperParameters").get_array().size(), algorithm().Declare().size());
  for (const Hyperparameter& item : algorithm().Declare()) EXPECT_NE(text.find(item.name), std::string::npos);
}

TEST_P(EveryAlgorithm, AdvisesTuningRangesInsideWhatItAccepts) {
  for (const Hyperparameter& item : algorithm().Declare()) {
    if (!item.tunable) continue;
    EXPECT_TRUE(item.range.Contains(item.tunable->least)) << item.name;
    EXPECT_TRUE(item.range.Contains(item.tunable->most)) << item.name;
  }
}

TEST_P(EveryAlgorithm, RefusesADirectoryWithoutAModel) {
  const TemporaryDirectory empty;
  EXPECT_THROW(algorithm().Load(empty.path()), Error);
}

TEST_P(EveryAlgorithm, HasImagesAndMetricsOfItsOwn) {
  EXPECT_FALSE(algorithm().Images().empty());
  EXPECT_LE(algorithm().MetricDefinitions().size(), 40u);  // MetricDefinitionList of the service model.
  for (const MetricDefinition& metric : algorithm().MetricDefinitions()) EXPECT_LE(metric.regex.size(), 500u);
}

// A value that a user or a tuning job may choose; empty: none.
std::string DrawValue(const Hyperparameter& item, std::mt19937& random) {
  const auto one_in = [&](unsigned count) { return random() % count == 0; };
  using Type = Hyperparameter::Type;
  if (item.required && item.type == Type::kInteger) {
    return fmt::format("{}", static_cast<int>(std::max(item.range.least, 1.0)) + static_cast<int>(random() % 6));
  }
  if (item.tunable && (item.required || one_in(2))) {
    const double share = static_cast<double>(random() % 1001) / 1000;
    const double value = item.tunable->least + share * (item.tunable->most - item.tunable->least);
    return item.type == Type::kInteger ? fmt::format("{}", std::lround(value)) : fmt::format("{}", value);
  }
  if (item.type == Type::kChoice && (item.required || one_in(3))) {
    return std::string(item.choices[random() % item.choices.size()]);
  }
  if (item.type == Type::kInteger && std::isfinite(item.range.least) && one_in(6)) {
    return fmt::format("{}", static_cast<std::int64_t>(item.range.least) + static_cast<std::int64_t>(random() % 4));
  }
  return "";
}

// Values that the algorithm accepts together.
JsonObject DrawHyperparameters(const Algorithm& algorithm, std::mt19937& random) {
  for (;;) {
    JsonObject values;
    for (const Hyperparameter& item : algorithm.Declare()) {
      if (const std::string value = DrawValue(item, random); !value.empty()) values.emplace(item.name, value);
    }
    try {
      algorithm.Check(Hyperparameters::Parse(algorithm.Declare(), values));
      return values;
    } catch (const Error&) {  // They do not go together.
    }
  }
}

// Rows of a label of two classes and three features, some of them missing.
std::string DrawRows(std::mt19937& random) {
  std::string text;
  for (int row = 0; row < 150; ++row) {
    const auto number = [&] { return static_cast<double>(random() % 2001) / 1000 - 1; };
    const double a = number(), b = number(), c = number();
    text += fmt::format("{},{},{},{}\n", a + b * b > 0.3 ? 1 : 0, a, row % 7 == 0 ? "" : fmt::format("{}", b), c);
  }
  return text;
}

// What a job of /opt/ml leaves, as kind and message of its failure; empty: it succeeded.
std::string FailureOf(std::string_view algorithm, const Path& root, const JsonObject& values, std::string_view rows) {
  const auto write = [&](const char* file, std::string_view text) {
    std::filesystem::create_directories((root / file).parent_path());
    WriteFileDurably(root / file, text);
  };
  write("input/config/hyperparameters.json", ToText(values));
  write("input/config/inputdataconfig.json",
        R"({"train":{"ContentType":"text/csv"},"validation":{"ContentType":"text/csv"}})");
  write("input/data/train/a.csv", rows);
  write("input/data/validation/a.csv", rows.substr(0, rows.find('\n', rows.size() / 3) + 1));
  testing::internal::CaptureStdout();
  const int code = RunTraining(algorithm, root, {});
  const std::string log = testing::internal::GetCapturedStdout();
  return code == 0 ? "" : ReadFileIfExists(root / "output/failure").value_or(log);
}

// What a job writes, the model server serves: for hyperparameters of any kind (with gamma, nodes that were deleted).
TEST_P(EveryAlgorithm, ServesWhatItsJobsWrite) {
  std::mt19937 random(11);
  int served = 0;
  for (int draw = 0; draw < 60; ++draw) {
    const TemporaryDirectory root;
    const JsonObject values = DrawHyperparameters(algorithm(), random);
    const std::string failure = FailureOf(GetParam(), root.path(), values, DrawRows(random));
    if (failure.starts_with("ClientError")) continue;  // The user's: values that do not fit the data.
    ASSERT_EQ(failure, "") << ToText(values);
    const auto model = algorithm().Load(root.path() / "model");
    EXPECT_EQ(model->columns(), 3u);
    const auto predictions = model->Predict({.rows = 2, .columns = 3, .values = {0.5f, 0.5f, 0.1f, -1, NAN, 0}});
    EXPECT_EQ(predictions.size(), 2 * model->outputs()) << ToText(values);
    EXPECT_TRUE(std::none_of(predictions.begin(), predictions.end(), [](float p) { return std::isnan(p); }))
        << ToText(values);
    ++served;
  }
  EXPECT_GE(served, 20);
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryAlgorithm, testing::ValuesIn(Names()),
                         [](const auto& test) { return std::string(test.param); });

TEST(Registry, KnowsNoOtherNames) { EXPECT_EQ(FindAlgorithm("no-such-algorithm"), nullptr); }

}  // namespace
}  // namespace sagebrush::algorithms
