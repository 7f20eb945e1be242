#include "events/outbox_store.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "base/trouble.h"
#include "events/delivery.h"
#include "events/delivery_controller.h"
#include "events/rule.h"
#include "store/memory_store.h"
#include "store/troubled_store.h"
#include "telemetry/fake_metric_sink.h"

namespace sagebrush::events {
namespace {

// A thing's change of state.
std::optional<Event> ThingEvent(const store::Change& change) {
  if (change.key().kind != "thing" || change.after == nullptr) return std::nullopt;
  if (change.before != nullptr && change.before->state == change.after->state) return std::nullopt;
  return Event{.account = "1",
               .region = "r",
               .source = "things",
               .detail_type = "Thing State Change",
               .detail = {{"name", change.key().name}, {"state", change.after->state}}};
}

store::Resource Thing(const std::string& name, const std::string& state) {
  store::Resource thing;
  thing.key = {"thing", "1", "r", name};
  thing.state = state;
  thing.spec = thing.status = JsonObject();
  return thing;
}

store::Resource Rule(const std::string& name, const std::string& pattern, const std::string& group) {
  store::Resource rule;
  rule.key = {kRuleKind, "1", "r", name};
  rule.state = kEnabled;
  rule.status = JsonObject();
  const Json target{{"Id", "t"}, {"Arn", "arn:aws:logs:r:1:log-group:" + group}};
  rule.spec = {{"EventPattern", pattern}, {"Targets", group.empty() ? JsonArray() : JsonArray{target}}};
  return rule;
}

constexpr char kEnded[] = R"({"detail": {"state": ["Completed", "Failed"]}})";

// The part of a server that makes events and delivers them, which can end anywhere and begin again on what is stored.
class OutboxTest : public testing::Test {
 protected:
  OutboxTest() {
    logs_.Create("1", "r", {.name = "ended", .created = clock_.Now()});
    Start();
  }

  void Start() {
    memory_ = std::make_unique<store::MemoryStore>(content_);
    troubled_ = std::make_unique<store::TroubledStore>(*memory_, trouble_);
    outbox_ = std::make_unique<OutboxStore>(*troubled_, clock_, counts_, std::vector<EventSource>{ThingEvent});
    deliverer_ = std::make_unique<DeliveryController>(*outbox_, logs_, counts_, clock_);
  }

  std::vector<std::shared_ptr<const store::Resource>> Waiting() const { return memory_->All(kDeliveryKind); }
  void DeliverAll() {
    for (const auto& delivery : Waiting()) deliverer_->Reconcile(delivery->key);
  }
  // What stands in the log group, as "name state".
  std::vector<std::string> Told() {
    std::vector<std::string> told;
    for (const auto& stream : logs_.Find("1", "r", "ended")->Streams()) {
      for (const LogLine& line : stream->ReadForward({})) {
        const Json event = ParseJson(line.message);
        told.push_back(GetString(event, "detail.name") + " " + GetString(event, "detail.state"));
      }
    }
    return told;
  }
  // How often something was counted under that name.
  double Count(const std::string& name) {
    counts_.Publish(sink_, clock_.Now());
    double count = 0;
    for (const auto& datum : sink_.Of(name)) count += datum.values.sample_count();
    return count;
  }

  FakeClock clock_;
  TemporaryDirectory directory_;
  telemetry::LogStore logs_{directory_.path(), clock_};
  RuleCounts counts_;
  telemetry::FakeMetricSink sink_;
  Trouble trouble_;
  std::shared_ptr<store::MemoryContent> content_ = std::make_shared<store::MemoryContent>();
  std::unique_ptr<store::MemoryStore> memory_;
  std::unique_ptr<store::TroubledStore> troubled_;
  std::unique_ptr<OutboxStore> outbox_;
  std::unique_ptr<DeliveryController> deliverer_;
};

TEST_F(OutboxTest, WithoutRulesNothingIsMade) {
  store::Resource thing = Thing("a", "Completed");
  ASSERT_TRUE(outbox_->Insert(thing));
  EXPECT_TRUE(Waiting().empty());
}

TEST_F(OutboxTest, AChangeThatARuleIsForReachesItsTargetOnce) {
  store::Resource rule = Rule("ended", kEnded, "ended"), thing = Thing("a", "InProgress");
  ASSERT_TRUE(outbox_->Insert(rule));
  ASSERT_TRUE(outbox_->Insert(thing));
  EXPECT_TRUE(Waiting().empty());
  thing.state = "Completed";
  ASSERT_TRUE(outbox_->Update(thing));
  ASSERT_TRUE(outbox_->Update(thing));  // No change of state.
  ASSERT_EQ(Waiting().size(), 1u);
  DeliverAll();
  EXPECT_EQ(Told(), std::vector<std::string>{"a Completed"});
  EXPECT_TRUE(Waiting().empty());
}

TEST_F(OutboxTest, ARuleCountsFromItsWriteUntilItIsDisabledOrGone) {
  store::Resource rule = Rule("ended", kEnded, "ended"), first = Thing("1", "Failed"), second = Thing("2", "Failed");
  ASSERT_TRUE(outbox_->Insert(rule));
  ASSERT_TRUE(outbox_->Insert(first));
  EXPECT_EQ(Waiting().size(), 1u);
  rule.state = kDisabled;
  ASSERT_TRUE(outbox_->Update(rule));
  ASSERT_TRUE(outbox_->Insert(second));
  EXPECT_EQ(Waiting().size(), 1u);
  rule.state = kEnabled;
  ASSERT_TRUE(outbox_->Update(rule));
  Start();  // The rules of before are read.
  ASSERT_TRUE(outbox_->Delete(first));
  ASSERT_TRUE(outbox_->Insert(first));
  EXPECT_EQ(Waiting().size(), 2u);
  ASSERT_TRUE(outbox_->Delete(rule));
  ASSERT_TRUE(outbox_->Delete(first));
  ASSERT_TRUE(outbox_->Insert(first));
  EXPECT_EQ(Waiting().size(), 2u);
}

TEST_F(OutboxTest, ARefusedCommitTellsNothing) {
  store::Resource rule = Rule("ended", kEnded, "ended"), thing = Thing("a", "InProgress");
  ASSERT_TRUE(outbox_->Insert(rule));
  ASSERT_TRUE(outbox_->Insert(thing));
  store::Resource late = thing;
  late.version += 7;
  late.state = "Completed";
  store::Resource other = Thing("b", "Completed");
  const std::vector<store::Write> writes{store::Write::Insert(other), store::Write::Update(late)};
  EXPECT_EQ(outbox_->Commit(writes), 1u);
  EXPECT_TRUE(Waiting().empty());
  EXPECT_EQ(Count("MatchedEvents"), 0);
}

TEST_F(OutboxTest, WhatRulesDidIsCounted) {
  store::Resource rule = Rule("ended", kEnded, "ended"), lost = Rule("lost", kEnded, "no-such-group");
  store::Resource idle = Rule("idle", kEnded, ""), thing = Thing("a", "Completed");
  for (auto* one : {&rule, &lost, &idle, &thing}) ASSERT_TRUE(outbox_->Insert(*one));
  EXPECT_EQ(Count("MatchedEvents"), 3);
  DeliverAll();
  EXPECT_TRUE(Waiting().empty());
  EXPECT_EQ(Told().size(), 1u);
  const Json own{{"source", "mine"}, {"detail", {{"name", "b"}, {"state", "Failed"}}}};
  outbox_->Put("1", "r", {&own, 1});
  DeliverAll();
  EXPECT_EQ(Count("Invocations"), 2);
  EXPECT_EQ(Count("FailedInvocations"), 2);
  EXPECT_EQ(Count("MatchedEvents"), 6);
  EXPECT_EQ(Told(), (std::vector<std::string>{"a Completed", "b Failed"}));
}

TEST_F(OutboxTest, AFullDiskLosesTheEventAndNotTheChange) {
  store::Resource rule = Rule("ended", kEnded, "ended"), thing = Thing("a", "InProgress");
  ASSERT_TRUE(outbox_->Insert(rule));
  ASSERT_TRUE(outbox_->Insert(thing));
  int calls = 0;
  memory_->BeforeWrite([&] {  // As the database: what inserts is refused, what only updates is not.
    if (++calls == 1) throw Error(kServiceUnavailable, "The disk is full.");
  });
  thing.state = "Failed";
  EXPECT_TRUE(outbox_->Update(thing));
  EXPECT_EQ(outbox_->Get(thing.key)->state, "Failed");
  EXPECT_TRUE(Waiting().empty());
  EXPECT_EQ(Count("FailedInvocations"), 1);
  calls = 0;
  store::Resource other = Thing("b", "Failed");
  EXPECT_THROW(outbox_->Insert(other), Error);  // It would not be inserted without the event either.
}

TEST_F(OutboxTest, ATargetThatTakesNothingIsTriedForADay) {
  store::Resource rule = Rule("ended", kEnded, "ended"), thing = Thing("a", "Completed");
  ASSERT_TRUE(outbox_->Insert(rule));
  ASSERT_TRUE(outbox_->Insert(thing));
  // A directory where the stream's file is to be.
  const Path file = telemetry::LogStore::FileOf(directory_.path(), "1", "r", "ended", rule.uid);
  logs_.Find("1", "r", "ended")->CreateStream(rule.uid, clock_.Now());
  std::filesystem::remove(file);
  std::filesystem::create_directories(file / "in-the-way");
  EXPECT_THROW(DeliverAll(), Error);
  EXPECT_EQ(Waiting().size(), 1u);
  clock_.Advance(Milliseconds(24LL * 3600 * 1000));
  DeliverAll();
  EXPECT_TRUE(Waiting().empty());
  EXPECT_EQ(Count("FailedInvocations"), 1);
}

// Every change that was acknowledged is told at least once, and nothing else is, wherever the process is killed.
TEST_F(OutboxTest, NothingAcknowledgedIsLostByAKill) {
  store::Resource rule = Rule("ended", kEnded, "ended");
  ASSERT_TRUE(outbox_->Insert(rule));
  for (int seed = 1; seed <= 100; ++seed) {
    std::mt19937 random(seed);
    trouble_.Befall([&random] {
      const auto drawn = random() % 12;
      if (drawn == 0) return Trouble::Fate::kKilledBefore;
      return drawn == 1 ? Trouble::Fate::kKilledAfter : Trouble::Fate::kNone;
    });
    const auto try_to = [&](const std::function<void()>& act) {
      try {
        act();
      } catch (const Trouble::Killed&) {
        trouble_.Befall(nullptr);
        Start();
      }
    };
    store::Resource thing = Thing(fmt::format("{}", seed), "Completed");
    try_to([&] { outbox_->Insert(thing); });
    try_to([&] { DeliverAll(); });
    trouble_.Befall(nullptr);
  }
  DeliverAll();
  std::set<std::string> stored;
  for (const auto& thing : memory_->All("thing")) stored.insert(thing->key.name + " Completed");
  const auto told = Told();
  EXPECT_EQ(std::set<std::string>(told.begin(), told.end()), stored);
  EXPECT_GT(stored.size(), 50u);
  EXPECT_GT(told.size(), stored.size());  // Some kills came between the target and the store.
  EXPECT_TRUE(Waiting().empty());
}

}  // namespace
}  // namespace sagebrush::events
