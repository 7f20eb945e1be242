#include "telemetry/metric_store.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::telemetry {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Time kNoon{1'700'049'600'000};  // 2023-11-15T12:00:00Z

Metric Named(const std::string& name, Dimensions dimensions = {}) { return {"1", "us-east-1", "N", name, dimensions}; }

class MetricStoreTest : public testing::Test {
 protected:
  void Open() {
    store_.reset();
    store_ = std::make_unique<MetricStore>(directory_.path(), clock_);
  }
  void Put(const Metric& metric, double value, Time time, const std::string& unit = "None") {
    const MetricDatum datum{metric, time, unit, Datapoint(value)};
    store_->Publish({&datum, 1});
  }
  // The start of each period, in minutes after noon, and its sum.
  std::vector<std::pair<std::int64_t, double>> Sums(Time start, Time end, seconds period,
                                                    const std::string& unit = "") {
    std::vector<std::pair<std::int64_t, double>> sums;
    for (const MetricPeriod& found : store_->Read(Named("m"), unit, start, end, period)) {
      sums.emplace_back((found.start - kNoon) / Milliseconds(minutes(1)), found.values.sum());
    }
    return sums;
  }
  std::vector<std::string> Names(const MetricFilter& filter) {
    std::vector<std::string> names;
    for (const Metric& metric : store_->List(filter, std::nullopt, 100)) names.push_back(metric.name);
    return names;
  }
  using Sum = std::vector<std::pair<std::int64_t, double>>;

  TemporaryDirectory directory_;
  FakeClock clock_{kNoon};
  std::unique_ptr<MetricStore> store_ = std::make_unique<MetricStore>(directory_.path(), clock_);
};

TEST_F(MetricStoreTest, KeepsByTheMinuteAndSumsUpByThePeriod) {
  for (int i = 0; i < 10; ++i) Put(Named("m"), i, kNoon + minutes(i) + seconds(i));
  EXPECT_EQ(Sums(kNoon, kNoon + minutes(3), minutes(1)), (Sum{{0, 0}, {1, 1}, {2, 2}}));
  EXPECT_EQ(Sums(kNoon, kNoon + hours(1), minutes(5)), (Sum{{0, 10}, {5, 35}}));
  EXPECT_EQ(Sums(kNoon, kNoon + hours(1), hours(1)), (Sum{{0, 45}}));
}

// docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html, example: periods begin where
// StartTime, rounded down to the minute, says.
TEST_F(MetricStoreTest, PeriodsBeginAtTheStart) {
  for (int i = 0; i < 10; ++i) Put(Named("m"), 1, kNoon + minutes(i));
  EXPECT_EQ(Sums(kNoon + minutes(3) + seconds(59), kNoon + hours(1), minutes(5)), (Sum{{3, 5}, {8, 2}}));
  EXPECT_EQ(Sums(kNoon + minutes(3), kNoon + hours(2), hours(1)), (Sum{{3, 7}}));
}

TEST_F(MetricStoreTest, EndsBeforeTheEnd) {
  Put(Named("m"), 1, kNoon);
  Put(Named("m"), 2, kNoon + minutes(1));
  EXPECT_EQ(Sums(kNoon, kNoon + minutes(1), minutes(1)), (Sum{{0, 1}}));
}

TEST_F(MetricStoreTest, TellsUnitsApart) {
  Put(Named("m"), 1, kNoon, "Bytes");
  Put(Named("m"), 2, kNoon, "Count");
  Put(Named("m"), 4, kNoon, "Bytes");
  EXPECT_EQ(Sums(kNoon, kNoon + hours(1), minutes(1)), (Sum{{0, 5}, {0, 2}}));
  EXPECT_EQ(Sums(kNoon, kNoon + hours(1), minutes(1), "Count"), (Sum{{0, 2}}));
}

TEST_F(MetricStoreTest, OutlivesARestart) {
  Put(Named("m"), 1, kNoon);
  Open();
  Put(Named("m"), 2, kNoon);
  EXPECT_EQ(Sums(kNoon, kNoon + hours(1), minutes(1)), (Sum{{0, 3}}));
}

TEST_F(MetricStoreTest, KeepsAsLongAsCloudWatch) {
  Put(Named("m"), 1, kNoon);
  const auto held_for = [this](days age) {
    clock_.Advance(kNoon + Milliseconds(age) - clock_.Now());
    store_->Sweep();
    std::vector<std::int64_t> periods;
    for (const seconds period : {seconds(60), seconds(300), seconds(3600)}) {
      if (!Sums(kNoon, kNoon + hours(1), period).empty()) periods.push_back(period.count());
    }
    return periods;
  };
  EXPECT_EQ(held_for(days(15)), (std::vector<std::int64_t>{60, 300, 3600}));
  EXPECT_EQ(held_for(days(16)), (std::vector<std::int64_t>{300, 3600}));
  EXPECT_EQ(held_for(days(64)), (std::vector<std::int64_t>{3600}));
  EXPECT_EQ(held_for(days(455)), (std::vector<std::int64_t>{3600}));
  EXPECT_EQ(Names({.account = "1", .region = "us-east-1"}), (std::vector<std::string>{"m"}));
  EXPECT_TRUE(held_for(days(456)).empty());
  EXPECT_TRUE(Names({.account = "1", .region = "us-east-1"}).empty());
}

TEST_F(MetricStoreTest, ListsByWhatIsAsked) {
  Put(Named("a", {{"D", "1"}}), 1, kNoon);
  Put(Named("b", {{"D", "2"}, {"E", "1"}}), 1, kNoon + Milliseconds(hours(-5)));
  Put({"1", "eu-west-1", "N", "c", {}}, 1, kNoon);
  Put({"2", "us-east-1", "N", "d", {}}, 1, kNoon);
  Put({"1", "us-east-1", "O", "e", {}}, 1, kNoon);
  const MetricFilter ours{.account = "1", .region = "us-east-1"};
  const auto with = [&](auto change) {
    MetricFilter filter = ours;
    change(filter);
    return Names(filter);
  };
  using Found = std::vector<std::string>;
  EXPECT_EQ(Names(ours), (Found{"a", "b", "e"}));
  EXPECT_EQ(with([](MetricFilter& f) { f.name_space = "O"; }), (Found{"e"}));
  EXPECT_EQ(with([](MetricFilter& f) { f.name = "a"; }), (Found{"a"}));
  EXPECT_EQ(with([](MetricFilter& f) { f.dimensions = {{"D", std::nullopt}}; }), (Found{"a", "b"}));
  EXPECT_EQ(with([](MetricFilter& f) { f.dimensions = {{"D", "2"}, {"E", std::nullopt}}; }), (Found{"b"}));
  EXPECT_EQ(with([](MetricFilter& f) { f.active_since = kNoon + Milliseconds(hours(-3)); }), (Found{"a", "e"}));
}

TEST_F(MetricStoreTest, PagesGoOnBehindTheLastMetric) {
  for (int i = 0; i < 25; ++i) Put(Named(fmt::format("m{:02}", i), {{"D", "\"[x"}}), 1, kNoon);
  std::vector<Metric> found;
  std::optional<Metric> last;
  for (;;) {
    const auto page = store_->List({.account = "1", .region = "us-east-1"}, last, 10);
    if (page.empty()) break;
    found.insert(found.end(), page.begin(), page.end());
    last = found.back();
  }
  ASSERT_EQ(found.size(), 25u);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
  EXPECT_EQ(found[7], Named("m07", {{"D", "\"[x"}}));
}

TEST_F(MetricStoreTest, RefusesANewMetricWhenFullWithAllThatCameWithIt) {
  MetricStore small(directory_.path(), clock_, {.bytes_max = 200'000});
  const auto put = [&](const std::string& name) {
    const std::vector<MetricDatum> data{{Named("first"), kNoon, "None", Datapoint(1)},
                                        {Named(name), kNoon, "None", Datapoint(1)}};
    small.Publish(data);
  };
  int taken = 0;
  EXPECT_THROW(for (;; ++taken) put("n" + std::to_string(taken)), Error);
  EXPECT_GT(taken, 100);
  EXPECT_EQ(small.Read(Named("first"), "", kNoon, kNoon + hours(1), seconds(60)).at(0).values.sum(), taken);
  put("n0");  // Those that are there go on.
}

TEST_F(MetricStoreTest, TakesARepeatedStepOnce) {
  const MetricDatum datum{Named("m"), kNoon, "None", Datapoint(1)};
  store_->PublishOnce("job 1", {&datum, 1});
  store_->PublishOnce("job 1", {&datum, 1});
  Open();
  store_->PublishOnce("job 1", {&datum, 1});
  store_->PublishOnce("job 2", {&datum, 1});
  EXPECT_EQ(Sums(kNoon, kNoon + hours(1), minutes(1)), (Sum{{0, 2}}));
}

}  // namespace
}  // namespace sagebrush::telemetry
