// What every algorithm of the registry does, on data made of its declaration: the tests that a new algorithm has
// before its author writes one. serving/algorithm_serving_test.cc has those of its answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <regex>

#include "algorithms/sample_job.h"

namespace sagebrush::algorithms {
namespace {

using testing::HasSubstr;
using testing::Not;

class AlgorithmConformance : public testing::TestWithParam<std::string_view> {
 protected:
  const Algorithm& algorithm() const { return *FindAlgorithm(GetParam()); }
  const Declaration& declaration() const { return algorithm().declaration(); }
  SampleJob NewJob() const { return SampleJob(algorithm()); }

  // A trained model says something of every row.
  void ExpectUsable(const SampleJob& job) const {
    const auto model = job.Load();
    EXPECT_EQ(model->columns(), 3u);
    const std::vector<double> answers = job.Answers();
    EXPECT_EQ(answers.size(), 20 * model->answers().width());
    EXPECT_TRUE(std::all_of(answers.begin(), answers.end(), [](double value) { return std::isfinite(value); }));
  }
};

// Receives metrics and does nothing.
class NoMetrics : public Metrics {
 public:
  void Report(std::optional<std::int64_t>, std::span<const Value>) override {}
};

// Stops the training when it reports for the first time.
class StopAtFirstReport : public Metrics {
 public:
  void Report(std::optional<std::int64_t>, std::span<const Value>) override { source.request_stop(); }
  std::stop_source source;
};

TEST_P(AlgorithmConformance, TrainsFromEveryFormatThatItTakes) {
  for (const DataFormat format : declaration().channels.front().formats) {
    if (format == DataFormat::kParquet) continue;  // Only its library writes it: tests/contract.
    SampleJob job = NewJob();
    job.UseFormat(format);
    ASSERT_EQ(job.Execute(), 0) << job.failure() << job.log();
    ExpectUsable(job);
  }
}

TEST_P(AlgorithmConformance, TrainsFromTheRequiredChannelsAlone) {
  SampleJob job = NewJob();
  JsonObject channels;
  for (const ChannelDeclaration& channel : declaration().channels) {
    if (channel.required) channels[channel.name] = JsonObject{};
  }
  job.SetChannels(channels);
  ASSERT_EQ(job.Execute(), 0) << job.failure();
  ExpectUsable(job);
}

TEST_P(AlgorithmConformance, GivesTheSameBytesForTheSameJobWithAnyNumberOfThreads) {
  SampleJob first = NewJob(), second = NewJob();
  ::setenv("OMP_NUM_THREADS", "1", 1);
  ASSERT_EQ(first.Execute(), 0) << first.failure();
  ::setenv("OMP_NUM_THREADS", "3", 1);
  ASSERT_EQ(second.Execute(), 0) << second.failure();
  ::unsetenv("OMP_NUM_THREADS");
  EXPECT_EQ(first.ModelBytes(), second.ModelBytes());
}

TEST_P(AlgorithmConformance, LeavesAUsableModelWhenStopped) {
  std::stop_source stopped;
  stopped.request_stop();
  SampleJob job = NewJob();
  ASSERT_EQ(job.Execute(stopped.get_token()), 0) << job.failure();
  ExpectUsable(job);
}

TEST_P(AlgorithmConformance, GoesOnFromItsCheckpointsAsIfNeverStopped) {
  SampleJob whole = NewJob(), stopped = NewJob();
  NoMetrics none;
  whole.Train(none, {});
  StopAtFirstReport stop;
  stopped.Train(stop, stop.source.get_token());
  ASSERT_TRUE(stop.source.stop_requested()) << "It reports nothing while it trains.";
  const bool kept = !std::filesystem::is_empty(stopped.root() / "checkpoints");
  ASSERT_EQ(kept, declaration().keeps_checkpoints);
  stopped.Train(none, {});
  if (kept) EXPECT_THAT(stopped.log(), HasSubstr("Checkpoint loaded from"));
  EXPECT_EQ(stopped.Answers(), whole.Answers());
}

TEST_P(AlgorithmConformance, SaysSoWhereCheckpointsHaveNoEffect) {
  SampleJob job = NewJob();
  job.KeepCheckpoints();
  ASSERT_EQ(job.Execute(), 0) << job.failure();
  const bool warned = job.log().find("keeps no checkpoints") != std::string::npos;
  EXPECT_NE(warned, declaration().keeps_checkpoints);
}

// FinalMetricDataList and tuning jobs read the log with these.
TEST_P(AlgorithmConformance, LogsWhatItsMetricDefinitionsFind) {
  SampleJob job = NewJob();
  ASSERT_EQ(job.Execute(), 0) << job.failure();
  std::size_t found = 0;
  for (const MetricDefinition& metric : declaration().metrics) {
    std::smatch match;
    if (!std::regex_search(job.log(), match, std::regex(metric.regex))) continue;
    ++found;
    EXPECT_TRUE(std::isfinite(std::stod(match[1].str()))) << metric.name;
  }
  EXPECT_GE(found, declaration().channels.size()) << job.log();  // One a channel.
}

TEST_P(AlgorithmConformance, RefusesChannelsThatItDoesNotDeclare) {
  SampleJob job = NewJob();
  job.SetChannels({});
  EXPECT_EQ(job.Execute(), 1);
  EXPECT_THAT(job.failure(), testing::StartsWith("ClientError: Missing required channel: "));
  JsonObject channels{{"no-such-channel", JsonObject{}}};
  for (const ChannelDeclaration& channel : declaration().channels) channels[channel.name] = JsonObject{};
  job.SetChannels(channels);
  EXPECT_EQ(job.Execute(), 1);
  EXPECT_THAT(job.failure(), testing::StartsWith("ClientError: Extraneous channel found: no-such-channel."));
}

TEST_P(AlgorithmConformance, NamesTheHyperparameterThatIsWrong) {
  for (const Hyperparameter& item : declaration().hyperparameters) {
    if (item.type != Hyperparameter::Type::kInteger && item.type != Hyperparameter::Type::kReal) continue;
    SampleJob job = NewJob();
    job.Set(item.name, "many");
    EXPECT_EQ(job.Execute(), 1) << item.name;
    EXPECT_THAT(job.failure(), HasSubstr("ClientError: Hyperparameter " + std::string(item.name))) << item.name;
  }
}

TEST_P(AlgorithmConformance, RefusesAJobOfMoreHostsThanItTrainsOn) {
  SampleJob job = NewJob();
  ASSERT_EQ(job.Execute(), 0);
  JsonArray hosts;
  for (std::size_t i = 0; i <= declaration().hosts_max; ++i) hosts.push_back(Json(fmt::format("algo-{}", i + 1)));
  WriteFileDurably(job.root() / "input/config/resourceconfig.json",
                   ToText(JsonObject{{"current_host", "algo-1"}, {"hosts", hosts}}));
  EXPECT_EQ(job.Execute(), 1);
  EXPECT_THAT(job.failure(), HasSubstr("InstanceCount"));
}

// A value that a user or a tuning job may choose; empty: none.
std::string DrawValue(const Hyperparameter& item, std::mt19937& random) {
  const auto one_in = [&](unsigned count) { return random() % count == 0; };
  using Type = Hyperparameter::Type;
  if (item.required) return "";  // The sample has it.
  if (item.tunable && one_in(2)) {
    const double share = static_cast<double>(random() % 1001) / 1000;
    const double value = item.tunable->least + share * (item.tunable->most - item.tunable->least);
    return item.type == Type::kInteger ? fmt::format("{}", std::lround(value)) : fmt::format("{}", value);
  }
  if (item.type == Type::kChoice && one_in(3)) return std::string(item.choices[random() % item.choices.size()]);
  if (item.type == Type::kInteger && std::isfinite(item.range.least) && one_in(6)) {
    return fmt::format("{}", static_cast<std::int64_t>(item.range.least) + static_cast<std::int64_t>(random() % 4));
  }
  return "";
}

// Sets values that the algorithm accepts together.
void DrawHyperparameters(const Algorithm& algorithm, std::mt19937& random, SampleJob& job) {
  for (;;) {
    JsonObject values;
    for (const auto& [name, value] : algorithm.declaration().sample) values[name] = std::string(value);
    for (const Hyperparameter& item : algorithm.declaration().hyperparameters) {
      if (const std::string value = DrawValue(item, random); !value.empty()) values[item.name] = value;
    }
    try {
      algorithm.Check(Hyperparameters::Parse(algorithm.declaration().hyperparameters, values));
    } catch (const Error&) {  // They do not go together.
      continue;
    }
    for (const auto& [name, value] : values) job.Set(name, std::string_view(value.as_string()));
    return;
  }
}

// What a job writes, the model server serves: for hyperparameters of any kind (with gamma, nodes that were deleted).
TEST_P(AlgorithmConformance, ServesWhatItsJobsWrite) {
  std::mt19937 random(11);
  int served = 0;
  for (int draw = 0; draw < 60; ++draw) {
    SampleJob job = NewJob();
    job.UseFormat(DataFormat::kCsv);
    DrawHyperparameters(algorithm(), random, job);
    const int code = job.Execute();
    if (job.failure().starts_with("ClientError")) continue;  // The user's: values that do not fit the data.
    ASSERT_EQ(code, 0) << job.failure();
    ExpectUsable(job);
    ++served;
  }
  EXPECT_GE(served, 20);
}

INSTANTIATE_TEST_SUITE_P(Registry, AlgorithmConformance, testing::ValuesIn(AlgorithmNames()),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace sagebrush::algorithms
