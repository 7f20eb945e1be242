#include "telemetry/alarm.h"

#include <gtest/gtest.h>

#include "store/memory_store.h"
#include "telemetry/alarms.h"

namespace sagebrush::telemetry {
namespace {

constexpr const char* kInsufficient = "INSUFFICIENT_DATA";
constexpr const char* kRetain = "retained";

Alarm Watching(int datapoints, int periods, const std::string& missing) {
  return {.metric = {},
          .statistic = *Statistic::Parse("Sum"),
          .period = std::chrono::seconds(60),
          .evaluation_periods = periods,
          .datapoints_to_alarm = datapoints,
          .threshold = 5,
          .comparison_operator = "GreaterThanThreshold",
          .treat_missing_data = missing};
}

// "0 X -": a value that is fine, one that breaches, none.
std::vector<std::optional<double>> Values(std::string_view text) {
  std::vector<std::optional<double>> values;
  for (const char c : text) {
    if (c != ' ') values.push_back(c == '-' ? std::nullopt : std::optional<double>(c == 'X' ? 9 : 1));
  }
  return values;
}

struct Row {
  int datapoints;
  const char* values;
  const char* missing;
  const char* ignore;
  const char* breaching;
  const char* not_breaching;
};

// Both tables of docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html: of 3 periods.
constexpr Row kTable[] = {
    {3, "0 - X - X", "OK", "OK", "OK", "OK"},
    {3, "0 - - - -", "OK", "OK", "OK", "OK"},
    {3, "- - - - -", kInsufficient, kRetain, "ALARM", "OK"},
    {3, "0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"},
    {3, "- - X - -", "ALARM", kRetain, "ALARM", "OK"},
    {2, "0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"},
    {2, "0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"},
    {2, "0 - X - -", "OK", "OK", "ALARM", "OK"},
    {2, "- - - - 0", "OK", "OK", "ALARM", "OK"},
    {2, "- - - X -", "ALARM", kRetain, "ALARM", "OK"},
};

TEST(AlarmState, FollowsFromTheValuesAsDocumented) {
  for (const Row& row : kTable) {
    const auto state = [&](const char* missing) {
      return NextAlarmState(Watching(row.datapoints, 3, missing), Values(row.values), kRetain);
    };
    EXPECT_EQ(state("missing"), row.missing) << row.values;
    EXPECT_EQ(state("ignore"), row.ignore) << row.values;
    EXPECT_EQ(state("breaching"), row.breaching) << row.values;
    EXPECT_EQ(state("notBreaching"), row.not_breaching) << row.values;
  }
}

TEST(AlarmState, ComparesAsItsOperatorSays) {
  Alarm alarm = Watching(1, 1, "missing");
  const auto breaches = [&](const char* comparison) {
    alarm.comparison_operator = comparison;
    return std::array{Breaches(alarm, 4), Breaches(alarm, 5), Breaches(alarm, 6)};
  };
  EXPECT_EQ(breaches("GreaterThanThreshold"), (std::array{false, false, true}));
  EXPECT_EQ(breaches("GreaterThanOrEqualToThreshold"), (std::array{false, true, true}));
  EXPECT_EQ(breaches("LessThanThreshold"), (std::array{true, false, false}));
  EXPECT_EQ(breaches("LessThanOrEqualToThreshold"), (std::array{true, true, false}));
}

class AlarmsTest : public testing::Test {
 protected:
  AlarmsTest() {
    store::Resource alarm;
    alarm.key = {kAlarmKind, "1", "us-east-1", "a"};
    alarm.spec = JsonObject{{"Namespace", "N"},   {"MetricName", "m"},
                            {"Statistic", "Sum"}, {"ComparisonOperator", "GreaterThanThreshold"},
                            {"Period", 60},       {"EvaluationPeriods", 2},
                            {"Threshold", 5.0},   {"Dimensions", JsonArray{JsonObject{{"Name", "D"}, {"Value", "1"}}}}};
    alarm.status = JsonObject{{"StateReason", "new"}, {"StateTransitioned", 5}};
    alarm.state = kInsufficient;
    store_.Insert(alarm);
  }
  void Put(double value, Time time) {
    const MetricDatum datum{{"1", "us-east-1", "N", "m", {{"D", "1"}}}, time, "None", Datapoint(value)};
    metrics_.Publish({&datum, 1});
  }
  std::string StateAfter(Milliseconds time) {
    clock_.Advance(time);
    alarms_.Evaluate();
    return Alarm()->state;
  }
  std::shared_ptr<const store::Resource> Alarm() { return store_.Get({kAlarmKind, "1", "us-east-1", "a"}); }

  TemporaryDirectory directory_;
  FakeClock clock_{{1'700'049'600'000}};  // A whole minute.
  store::MemoryStore store_;
  MetricStore metrics_{directory_.path(), clock_};
  Alarms alarms_{store_, metrics_, clock_};
};

constexpr std::chrono::minutes kMinute{1};

TEST_F(AlarmsTest, GoThroughTheirStatesWithTheData) {
  EXPECT_EQ(StateAfter(kMinute), kInsufficient);
  EXPECT_EQ(GetString(Alarm()->status, "StateReason"), "new");  // Nothing has changed.
  Put(9, clock_.Now());
  EXPECT_EQ(StateAfter(Milliseconds(0)), kInsufficient);  // That minute is not over.
  EXPECT_EQ(StateAfter(kMinute), "ALARM");
  EXPECT_EQ(GetString(Alarm()->status, "StateReason"),
            "Threshold Crossed: 1 of the 1 datapoints of the last 4 periods were greater than the threshold (5). The "
            "last one was 9; 2 of 2 make an alarm.");
  EXPECT_EQ(GetInt(Alarm()->status, "StateTransitioned"), clock_.Now().milliseconds);
  Put(1, clock_.Now());
  EXPECT_EQ(StateAfter(kMinute), "OK");
  EXPECT_EQ(StateAfter(3 * kMinute), "OK");  // Looked at are some periods more than two.
  EXPECT_EQ(StateAfter(kMinute), kInsufficient);
}

TEST_F(AlarmsTest, AddUpTheUnitsOfAPeriod) {
  Put(3, clock_.Now());
  const MetricDatum bytes{{"1", "us-east-1", "N", "m", {{"D", "1"}}}, clock_.Now(), "Bytes", Datapoint(3)};
  metrics_.Publish({&bytes, 1});
  EXPECT_EQ(StateAfter(kMinute), "ALARM");
}

TEST_F(AlarmsTest, AStateThatWasSetByHandLastsUntilTheNextEvaluation) {
  Put(1, clock_.Now());
  ASSERT_EQ(StateAfter(kMinute), "OK");
  WriteAlarmState(store_, *Alarm(), {"ALARM", "by hand", ""}, clock_.Now());
  EXPECT_EQ(Alarm()->state, "ALARM");
  EXPECT_EQ(StateAfter(Milliseconds(0)), "OK");
}

}  // namespace
}  // namespace sagebrush::telemetry
