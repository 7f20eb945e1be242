#include "events/schedule_controller.h"

#include <gtest/gtest.h>

#include "events/delivery.h"
#include "events/rule.h"
#include "store/memory_store.h"

namespace sagebrush::events {
namespace {

class ScheduleControllerTest : public testing::Test {
 protected:
  ScheduleControllerTest() {
    store::Resource rule;
    rule.key = key_;
    rule.state = kEnabled;
    rule.spec = {{"ScheduleExpression", "rate(10 minutes)"},
                 {"Targets", JsonArray{{{"Id", "t"}, {"Arn", "arn:aws:logs:r:1:log-group:g"}}}}};
    rule.status = JsonObject();
    store_.Insert(rule);
  }

  // As the loop does: again at once after a write of its own. Returns when to look again.
  std::optional<Seconds> Reconcile() {
    for (;;) {
      const auto before = store_.Get(key_)->version;
      const auto again = controller_.Reconcile(key_);
      if (store_.Get(key_)->version == before) return again;
    }
  }
  void Change(const std::function<void(store::Resource&)>& change) {
    store::Resource rule = *store_.Get(key_);
    change(rule);
    ASSERT_TRUE(store_.Update(rule));
  }
  std::size_t Fired() const { return store_.All(kDeliveryKind).size(); }

  const store::Key key_{kRuleKind, "1", "r", "rule"};
  FakeClock clock_;
  store::MemoryStore store_;
  ScheduleController controller_{store_, clock_};
};

constexpr Milliseconds kMinute{60'000};

TEST_F(ScheduleControllerTest, FiresWhenItIsDue) {
  EXPECT_EQ(Reconcile(), Seconds(600));
  clock_.Advance(9 * kMinute);
  EXPECT_EQ(Reconcile(), Seconds(60));
  EXPECT_EQ(Fired(), 0u);
  clock_.Advance(kMinute);
  EXPECT_EQ(Reconcile(), Seconds(600));
  ASSERT_EQ(Fired(), 1u);
  const Json event = store_.All(kDeliveryKind)[0]->spec.at("Event");
  EXPECT_EQ(GetString(event, "detail-type"), "Scheduled Event");
  EXPECT_EQ(GetString(event, "source"), "aws.events");
  EXPECT_EQ(event.at("resources").at(0), Json("arn:aws:events:r:1:rule/rule"));
  EXPECT_EQ(GetString(event, "time"), ToIso8601(clock_.Now()));
}

TEST_F(ScheduleControllerTest, MakesUpForWhatWasMissedOnceAndKeepsItsBeat) {
  Reconcile();
  clock_.Advance(35 * kMinute);
  EXPECT_EQ(Reconcile(), Seconds(300));
  EXPECT_EQ(Fired(), 1u);
}

TEST_F(ScheduleControllerTest, ADisabledRuleCountsAnew) {
  Reconcile();
  clock_.Advance(5 * kMinute);
  Change([](auto& rule) { rule.state = kDisabled; });
  EXPECT_EQ(Reconcile(), std::nullopt);
  clock_.Advance(60 * kMinute);
  EXPECT_EQ(Reconcile(), std::nullopt);
  Change([](auto& rule) { rule.state = kEnabled; });
  EXPECT_EQ(Reconcile(), Seconds(600));
  EXPECT_EQ(Fired(), 0u);
}

TEST_F(ScheduleControllerTest, AnotherScheduleIsFollowedFromThenOn) {
  Reconcile();
  Change([](auto& rule) { rule.spec.as_object()["ScheduleExpression"] = "rate(1 minute)"; });
  EXPECT_EQ(Reconcile(), Seconds(60));
  Change([](auto& rule) { rule.spec.as_object().erase("ScheduleExpression"); });
  EXPECT_EQ(Reconcile(), std::nullopt);
  store_.Delete(*store_.Get(key_));
  EXPECT_EQ(controller_.Reconcile(key_), std::nullopt);
}

TEST_F(ScheduleControllerTest, ARuleThatIsDueNeverAgainRests) {
  Change([](auto& rule) { rule.spec.as_object()["ScheduleExpression"] = "cron(0 0 1 1 ? 2001)"; });
  EXPECT_EQ(Reconcile(), std::nullopt);
}

}  // namespace
}  // namespace sagebrush::events
