#include "algorithms/registry.h"

#include <gtest/gtest.h>

#include <set>

#include "algorithms/documentation.h"
#include "algorithms/sample_job.h"

namespace sagebrush::algorithms {
namespace {

// What holds for every algorithm.
class EveryAlgorithm : public testing::TestWithParam<std::string_view> {
 protected:
  const Algorithm& algorithm() const { return *FindAlgorithm(GetParam()); }
  const Declaration& declaration() const { return algorithm().declaration(); }
};

TEST_P(EveryAlgorithm, DeclaresEachHyperparameterOnce) {
  std::set<std::string_view> names;
  for (const Hyperparameter& item : declaration().hyperparameters) {
    EXPECT_TRUE(names.insert(item.name).second) << item.name;
    if (!item.alias.empty()) EXPECT_TRUE(names.insert(item.alias).second) << item.alias;
  }
}

TEST_P(EveryAlgorithm, HasDefaultsThatItWouldAccept) {
  for (const Hyperparameter& item : declaration().hyperparameters) {
    if (item.default_value.empty()) continue;
    Hyperparameter alone = item;
    alone.required = false;
    const JsonObject given{{std::string(item.name), std::string(item.default_value)}};
    EXPECT_NO_THROW(Hyperparameters::Parse({&alone, 1}, given)) << item.name;
  }
}

TEST_P(EveryAlgorithm, RefusesValuesOutsideItsRanges) {
  for (const Hyperparameter& item : declaration().hyperparameters) {
    if (item.type == Hyperparameter::Type::kText && item.check == nullptr) continue;
    Hyperparameter alone = item;
    alone.required = false;
    EXPECT_THROW(Hyperparameters::Parse({&alone, 1}, JsonObject{{std::string(item.name), "no such value"}}), Error)
        << item.name;
  }
}

TEST_P(EveryAlgorithm, SaysWhatEachHyperparameterDoes) {
  for (const Hyperparameter& item : declaration().hyperparameters) EXPECT_FALSE(item.note.empty()) << item.name;
  const std::string text = DescribeAsMarkdown(algorithm());
  const Json json = DescribeAsJson(algorithm());
  EXPECT_EQ(json.at("SupportedHyperParameters").get_array().size(), declaration().hyperparameters.size());
  for (const Hyperparameter& item : declaration().hyperparameters) EXPECT_NE(text.find(item.name), std::string::npos);
  const JsonArray& channels = json.at("TrainingChannels").as_array();
  ASSERT_EQ(channels.size(), declaration().channels.size());
  for (const Json& channel : channels) EXPECT_FALSE(channel.at("SupportedContentTypes").as_array().empty());
}

TEST_P(EveryAlgorithm, AdvisesTuningRangesInsideWhatItAccepts) {
  for (const Hyperparameter& item : declaration().hyperparameters) {
    if (!item.tunable) continue;
    EXPECT_TRUE(item.range.Contains(item.tunable->least)) << item.name;
    EXPECT_TRUE(item.range.Contains(item.tunable->most)) << item.name;
  }
}

TEST_P(EveryAlgorithm, RefusesADirectoryWithoutAModel) {
  const TemporaryDirectory empty;
  EXPECT_THROW(algorithm().Load({.model = empty.path()}), Error);
}

TEST_P(EveryAlgorithm, SaysWhatItReadsAndAnswers) {
  ASSERT_FALSE(declaration().channels.empty());
  for (const ChannelDeclaration& channel : declaration().channels)
    EXPECT_FALSE(channel.formats.empty()) << channel.name;
  EXPECT_FALSE(declaration().requests.empty());
  EXPECT_FALSE(declaration().default_accept.empty());
  EXPECT_GE(declaration().hosts_max, 1u);
}

TEST_P(EveryAlgorithm, HasImagesAndMetricsOfItsOwn) {
  EXPECT_FALSE(declaration().images.empty());
  EXPECT_LE(declaration().metrics.size(), 40u);  // MetricDefinitionList of the service model.
  for (const MetricDefinition& metric : declaration().metrics) EXPECT_LE(metric.regex.size(), 500u);
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryAlgorithm, testing::ValuesIn(AlgorithmNames()),
                         [](const auto& test) { return std::string(test.param); });

// An image stands for one algorithm.
TEST(Registry, HasEachNameAndImageOnce) {
  std::set<std::string_view> names, repositories;
  for (const auto& algorithm : AllAlgorithms()) {
    EXPECT_TRUE(names.insert(algorithm->declaration().name).second);
    for (const ImageFamily& family : algorithm->declaration().images) {
      EXPECT_TRUE(repositories.insert(family.repository).second) << family.repository;
    }
  }
}

TEST(Registry, KnowsNoOtherNames) { EXPECT_EQ(FindAlgorithm("no-such-algorithm"), nullptr); }

}  // namespace
}  // namespace sagebrush::algorithms
