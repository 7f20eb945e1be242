#include "telemetry/cost_operations.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/error.h"
#include "store/memory_store.h"
#include "telemetry/meter.h"
#include "wire/model.h"

namespace sagebrush::telemetry {
namespace {

constexpr Time kNoon{1'700'000'000'000};

class CostOperationsTest : public testing::Test {
 protected:
  CostOperationsTest() { AddCostOperations(table_, store_, prices_, clock_); }

  // A training job that ran for an hour, at 2 USD; `ended` false: it began an hour ago and runs.
  void Run(const std::string& name, bool ended = true, const std::string& account = "1") {
    meter_.Begin(account + name,
                 {.account = account,
                  .region = "eu-west-1",
                  .arn = "arn:aws:sagemaker:eu-west-1:" + account + ":training-job/" + name,
                  .use = "training",
                  .instance_type = "ml.m5.large"},
                 kNoon);
    if (ended) meter_.End(account + name, kNoon + std::chrono::hours(1));
  }
  Json Report(JsonObject input = {}) {
    const wire::Service& service = *wire::FindService("sagebrush");
    wire::Call call{service, *service.FindOperation("GetCostReport"), std::move(input), {}, "us-east-1", "id"};
    call.principal.account = "1";
    return table_.Find("sagebrush", "GetCostReport")->handler(call);
  }
  Path PriceFile() {
    Path file = directory_.path() / "prices.json";
    WriteFileDurably(file, R"({"currency": "USD", "hourly": {"ml.m5.large": 2}})");
    return file;
  }

  TemporaryDirectory directory_;
  FakeClock clock_{kNoon + std::chrono::hours(1)};
  store::MemoryStore store_;
  Meter meter_{store_};
  PriceTable prices_{PriceFile()};
  wire::OperationTable table_;
};

TEST_F(CostOperationsTest, TellsWhatWasSpentAndWhatRuns) {
  Run("done");
  Run("on", /*ended=*/false);
  const Json report = Report();
  EXPECT_EQ(GetString(report, "Currency"), "USD");
  EXPECT_EQ(report.at("Total"), Json(4.0));
  EXPECT_EQ(report.at("RunningPerHour"), Json(2.0));
  ASSERT_EQ(report.at("Lines").get_array().size(), 2u);
  EXPECT_EQ(report.at("Lines").at(1), (JsonObject{{"Arn", "arn:aws:sagemaker:eu-west-1:1:training-job/on"},
                                                  {"Region", "eu-west-1"},
                                                  {"Use", "training"},
                                                  {"InstanceType", "ml.m5.large"},
                                                  {"Started", 1'700'000'000.0},
                                                  {"RunningInstances", 1},
                                                  {"Hours", 1.0},
                                                  {"PerHour", 2.0},
                                                  {"Amount", 2.0}}));
}

TEST_F(CostOperationsTest, TellsNothingOfOtherAccounts) {
  Run("theirs", false, "2");
  const Json report = Report();
  EXPECT_TRUE(report.at("Lines").get_array().empty());
  EXPECT_EQ(report.at("RunningPerHour"), Json(0.0));
}

TEST_F(CostOperationsTest, PagesHoldEachLineOnceAndTheTotalsOfAll) {
  for (const char* name : {"c", "a", "e", "b", "d"}) Run(name);
  std::vector<std::string> names;
  JsonObject input{{"MaxResults", 2}};
  for (double total = 10;; total = 12) {
    const Json page = Report(input);
    EXPECT_EQ(page.at("Total"), Json(total));
    EXPECT_LE(page.at("Lines").get_array().size(), 2u);
    for (const Json& line : page.at("Lines").get_array()) names.push_back(GetString(line, "Arn").substr(43));
    if (Find(page, "NextToken") == nullptr) break;
    input["NextToken"] = GetString(page, "NextToken");
    Run("a0");  // What comes meanwhile moves no line that is still to come.
  }
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
}

TEST_F(CostOperationsTest, RefusesTokensThatItNeverGave) {
  Run("a");
  for (const std::string& token : {std::string("x"), ToBase64("x"), ToBase64("[]"), ToBase64("[1,2,3]"),
                                   ToBase64(R"(["a","b"])"), ToBase64(R"({"a":"b"})"), ToBase64("\xff")}) {
    EXPECT_THROW(Report({{"NextToken", token}}), Error) << token;
  }
}

}  // namespace
}  // namespace sagebrush::telemetry
