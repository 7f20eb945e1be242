#include "telemetry/cost_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "store/sqlite_store.h"
#include "telemetry/meter.h"

namespace sagebrush::telemetry {
namespace {

constexpr Time kNoon{1'700'000'000'000};
constexpr Milliseconds kHour{3'600'000};

Usage Training(const std::string& name, const std::string& type = "ml.m5.xlarge") {
  return {.account = "123456789012",
          .region = "us-east-1",
          .arn = "arn:aws:sagemaker:us-east-1:123456789012:training-job/" + name,
          .use = "training",
          .instance_type = type,
          .count = 1};
}

class CostReportTest : public testing::Test {
 protected:
  CostReport Report(Time now) { return MakeCostReport(store_, PriceTable(PriceFile()), "123456789012", now); }
  Path PriceFile() { return directory_.path() / "prices.json"; }
  void WritePrices(const std::string& text) { WriteFileDurably(PriceFile(), text); }

  TemporaryDirectory directory_;
  store::SqliteStore store_{directory_.path() / "data"};
  Meter meter_{store_};
};

TEST_F(CostReportTest, CountsWholeSecondsOfEndedRuns) {
  WritePrices(R"({"currency": "USD", "hourly": {"ml.m5.xlarge": 3.6}})");
  meter_.Begin("run", Training("a"), kNoon);
  meter_.End("run", kNoon + Milliseconds(9'001));
  const CostReport report = Report(kNoon + kHour);
  ASSERT_EQ(report.lines.size(), 1u);
  EXPECT_DOUBLE_EQ(report.lines[0].hours * 3600, 10);
  EXPECT_NEAR(report.total, 0.01, 1e-12);
  EXPECT_EQ(report.lines[0].running, 0);
  EXPECT_EQ(report.running_per_hour, 0);
}

TEST_F(CostReportTest, CountsRunningThingsUntilNow) {
  WritePrices(R"({"currency": "USD", "hourly": {"ml.m5.xlarge": {"training": 2, "hosting": 3}}})");
  Usage endpoint = Training("unused");
  endpoint.arn = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e";
  endpoint.use = "hosting";
  endpoint.count = 2;
  meter_.Begin("e", endpoint, kNoon);
  const CostReport report = Report(kNoon + kHour);
  EXPECT_DOUBLE_EQ(report.total, 6);
  EXPECT_DOUBLE_EQ(report.running_per_hour, 6);
  EXPECT_EQ(report.lines[0].running, 2);
}

TEST_F(CostReportTest, AddsUpTheRunsOfAResource) {
  WritePrices(R"({"currency": "USD", "hourly": {"ml.m5.xlarge": 1}})");
  meter_.Begin("run-1", Training("a"), kNoon);
  meter_.End("run-1", kNoon + kHour);
  meter_.Begin("run-2", Training("a"), kNoon + kHour);
  const CostReport report = Report(kNoon + kHour + kHour);
  ASSERT_EQ(report.lines.size(), 1u);
  EXPECT_DOUBLE_EQ(report.lines[0].hours, 2);
  EXPECT_EQ(report.lines[0].started, kNoon);
}

TEST_F(CostReportTest, RepeatedCallsOfTheMeterCountOnce) {
  WritePrices(R"({"currency": "USD", "hourly": {"ml.m5.xlarge": 1}})");
  meter_.Begin("run", Training("a"), kNoon);
  meter_.Begin("run", Training("a"), kNoon + kHour);
  meter_.End("run", kNoon + kHour);
  meter_.End("run", kNoon + kHour + kHour);
  meter_.Begin("run", Training("a"), kNoon);
  meter_.End("never begun", kNoon);
  EXPECT_DOUBLE_EQ(Report(kNoon + kHour + kHour).total, 1);
}

class MeterSweep : public CostReportTest {
 protected:
  MeterSweep() { WritePrices(R"({"currency": "USD", "hourly": {"ml.m5.xlarge": 1, "ml.m5.large": 1}})"); }
  // Begins now.
  void RunAnHour(const std::string& id, const Usage& usage) {
    meter_.Begin(id, usage, clock_.Now());
    clock_.Advance(kHour);
    meter_.End(id, clock_.Now());
  }
  CostReport ReportAfterSweep() {
    meter_.Sweep(clock_.Now());
    return Report(clock_.Now());
  }

  FakeClock clock_{kNoon};
};

TEST_F(MeterSweep, KeepsARunForKeptDaysAfterItsEndAndThenForgetsIt) {
  RunAnHour("run", Training("a"));
  clock_.Advance(Meter::kKept);
  EXPECT_DOUBLE_EQ(ReportAfterSweep().total, 1);
  clock_.Advance(Milliseconds(1));
  EXPECT_TRUE(ReportAfterSweep().lines.empty());
  EXPECT_TRUE(Meter::Records(store_).empty());
}

TEST_F(MeterSweep, KeepsWhatRunsHoweverLong) {
  meter_.Begin("run", Training("a"), kNoon);
  clock_.Advance(Meter::kKept + Meter::kKept);
  const CostReport report = ReportAfterSweep();
  EXPECT_DOUBLE_EQ(report.total, 2 * 24 * static_cast<double>(Meter::kKept.count()));
  EXPECT_EQ(report.lines.at(0).running, 1);
}

TEST_F(MeterSweep, FoldsTheOldRunsOfAResourceIntoOneThatIsKept) {
  Usage two = Training("a");
  two.count = 2;
  RunAnHour("first", two);
  meter_.Begin("a moment", two, clock_.Now());
  meter_.End("a moment", clock_.Now() + Milliseconds(1));
  clock_.Advance(Meter::kKept);
  RunAnHour("younger", Training("a"));
  const CostReport before = Report(clock_.Now());
  const CostReport after = ReportAfterSweep();
  EXPECT_EQ(Meter::Records(store_).size(), 1u);
  ASSERT_EQ(after.lines.size(), 1u);
  EXPECT_DOUBLE_EQ(after.lines[0].hours * 3600, 3 * 3600 + 2);
  EXPECT_DOUBLE_EQ(after.total, before.total);
  EXPECT_EQ(after.lines[0].started, kNoon);
}

TEST_F(MeterSweep, FoldsWhatWasFoldedBefore) {
  RunAnHour("first", Training("a"));
  clock_.Advance(Meter::kKept);
  RunAnHour("second", Training("a"));
  ReportAfterSweep();
  clock_.Advance(Meter::kKept);
  meter_.Begin("third", Training("a"), clock_.Now());
  clock_.Advance(kHour);
  const CostReport running = ReportAfterSweep();
  EXPECT_EQ(Meter::Records(store_).size(), 1u);
  EXPECT_DOUBLE_EQ(running.total, 3);
  EXPECT_EQ(running.lines.at(0).running, 1);
  EXPECT_EQ(running.lines.at(0).started, kNoon);
  meter_.End("third", clock_.Now());  // What was folded into it stays.
  EXPECT_DOUBLE_EQ(ReportAfterSweep().total, 3);
}

TEST_F(MeterSweep, FoldsNothingIntoAnotherLine) {
  RunAnHour("old", Training("a"));
  clock_.Advance(Meter::kKept);
  Usage other = Training("a");
  other.account = "210987654321";
  RunAnHour("other account", other);
  RunAnHour("other name", Training("b"));
  RunAnHour("other type", Training("a", "ml.m5.large"));
  EXPECT_DOUBLE_EQ(ReportAfterSweep().total, 2);
  EXPECT_EQ(Meter::Records(store_).size(), 3u);
}

TEST_F(CostReportTest, SaysWhatHasNoPrice) {
  WritePrices(R"({"currency": "USD", "hourly": {}})");
  meter_.Begin("run", Training("a", "ml.new.huge"), kNoon);
  const CostReport report = Report(kNoon + kHour);
  EXPECT_EQ(report.lines[0].amount, std::nullopt);
  EXPECT_EQ(report.lines[0].rate, std::nullopt);
  EXPECT_EQ(report.total, 0);
}

TEST_F(CostReportTest, DefaultPricesAreWrittenAndReadable) {
  const PriceTable prices(PriceFile());
  EXPECT_EQ(prices.Hourly("ml.m5.xlarge", "training"), 0.23);
  EXPECT_EQ(prices.Hourly("ml.none.such", "training"), std::nullopt);
  EXPECT_EQ(prices.Currency(), "USD");
  EXPECT_TRUE(std::filesystem::exists(PriceFile()));
}

TEST_F(CostReportTest, PricesFollowTheFileAndKeepTheOldOnesWhileItIsWrong) {
  WritePrices(R"({"currency": "USD", "hourly": {"ml.m5.xlarge": 1}})");
  const PriceTable prices(PriceFile());
  const auto touch = [&](int seconds) {
    std::filesystem::last_write_time(PriceFile(), std::filesystem::file_time_type(std::chrono::seconds(seconds)));
  };
  WritePrices(R"({"currency": "USD", "hourly": {"ml.m5.xlarge": 2}})");
  touch(1000);
  EXPECT_EQ(prices.Hourly("ml.m5.xlarge", "training"), 2);
  WritePrices(R"({"currency": "USD", "hourly": {"ml.m5.xlarge": "two"}})");
  touch(2000);
  EXPECT_EQ(prices.Hourly("ml.m5.xlarge", "training"), 2);
}

TEST_F(CostReportTest, AWrongPriceFileIsNamedWithItsEntry) {
  for (const auto& [text, expected] : std::map<std::string, std::string>{
           {R"({"currency": "USD", "hourly": {"ml.m5.xlarge": "two"}})", R"("hourly", "ml.m5.xlarge" is not a number)"},
           {R"({"currency": "USD", "hourly": {"a": {"hosting": -1}}})", R"("hourly", "a", "hosting" is negative)"},
           {R"({"currency": "USD"})", R"("hourly" is missing)"},
           {R"({"hourly": {}})", R"("currency" is missing)"},
           {"{", "is not JSON"}}) {
    WritePrices(text);
    try {
      const PriceTable prices(PriceFile());
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr(expected), testing::HasSubstr("prices.json")));
    }
  }
}

}  // namespace
}  // namespace sagebrush::telemetry
