#include "events/object_event_relay.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "base/trouble.h"
#include "events/delivery.h"
#include "events/rule.h"
#include "objects/local_object_store.h"
#include "store/memory_store.h"
#include "store/troubled_store.h"

namespace sagebrush::events {
namespace {

class ObjectEventRelayTest : public testing::Test {
 protected:
  ObjectEventRelayTest() {
    objects_.CreateBucket({.name = "b", .account = "1", .region = "r"});
    objects_.SetBucketConfiguration("b", "NotificationConfiguration",
                                    JsonObject{{"EventBridgeConfiguration", JsonObject()}});
  }

  void Put(const std::string& key) { objects_.Write("b", key, {}, {.cause = {.reason = "PutObject"}})->Commit(); }
  void Follow(const std::string& name, const std::string& account, const std::string& pattern) {
    store::Resource rule;
    rule.key = {kRuleKind, account, "r", name};
    rule.state = kEnabled;
    rule.status = JsonObject();
    rule.spec = {{"EventPattern", pattern},
                 {"Targets", JsonArray{Json{{"Id", "t"}, {"Arn", "arn:aws:logs:r:1:log-group:g"}}}}};
    ASSERT_TRUE(outbox_.Insert(rule));
  }
  // The documents that wait for their target.
  std::vector<Json> Told() const {
    std::vector<Json> told;
    for (const auto& delivery : memory_.All(kDeliveryKind)) told.push_back(delivery->spec.at("Event"));
    return told;
  }

  FakeClock clock_;
  TemporaryDirectory directory_;
  objects::LocalObjectStore objects_{directory_.path(), clock_};
  RuleCounts counts_;
  Trouble trouble_;
  store::MemoryStore memory_;
  store::TroubledStore troubled_{memory_, trouble_};
  OutboxStore outbox_{troubled_, clock_, counts_, {}};
  ObjectEventRelay relay_{objects_.outbox(), outbox_};
};

constexpr char kCreatedUnderA[] =
    R"({"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"object": {"key": [{"prefix": "a/"}]}}})";

TEST_F(ObjectEventRelayTest, WhatARuleIsForIsDeliveredAndTheRestForgotten) {
  Follow("a", "1", kCreatedUnderA);
  Follow("another-account", "2", kCreatedUnderA);
  Put("a/1");
  Put("b/1");
  EXPECT_TRUE(relay_.Step());
  ASSERT_EQ(Told().size(), 1u);
  const Json event = Told()[0];
  EXPECT_EQ(GetString(event, "source"), "aws.s3");
  EXPECT_EQ(GetString(event, "account"), "1");
  EXPECT_EQ(event.at("resources"), Json(JsonArray{"arn:aws:s3:::b"}));
  EXPECT_EQ(GetString(event, "detail.object.key"), "a/1");
  EXPECT_TRUE(objects_.outbox().Oldest(10).empty());
  EXPECT_FALSE(relay_.Step());
}

TEST_F(ObjectEventRelayTest, SequencersOfAKeyAreInTheOrderOfItsChanges) {
  Follow("all", "1", R"({"source": ["aws.s3"]})");
  for (int i = 0; i < 20; ++i) {
    Put("k");
    objects_.Delete("b", "k");
  }
  while (relay_.Step()) {
  }
  std::map<std::string, std::string> by_sequencer;
  for (const Json& event : Told()) {
    by_sequencer[GetString(event, "detail.object.sequencer")] = GetString(event, "detail-type");
  }
  ASSERT_EQ(by_sequencer.size(), 40u);
  std::string expected = "Object Created";
  for (const auto& [sequencer, type] : by_sequencer) {
    EXPECT_EQ(type, expected) << sequencer;
    expected = type == "Object Created" ? "Object Deleted" : "Object Created";
  }
}

TEST_F(ObjectEventRelayTest, AKillBetweenStoreAndOutboxTellsOnceMoreUnderTheSameId) {
  Follow("a", "1", kCreatedUnderA);
  Put("a/1");
  trouble_.Befall([] { return Trouble::Fate::kKilledAfter; });
  EXPECT_THROW(relay_.Step(), Trouble::Killed);
  trouble_.Befall(nullptr);
  ObjectEventRelay next(objects_.outbox(), outbox_);
  EXPECT_TRUE(next.Step());
  ASSERT_EQ(Told().size(), 2u);
  EXPECT_EQ(GetString(Told()[0], "id"), GetString(Told()[1], "id"));
}

TEST_F(ObjectEventRelayTest, WhatTheStoreDoesNotTakeWaits) {
  Follow("a", "1", kCreatedUnderA);
  Put("a/1");
  trouble_.Befall([] { return Trouble::Fate::kKilledBefore; });
  EXPECT_THROW(relay_.Step(), Trouble::Killed);
  EXPECT_EQ(objects_.outbox().Oldest(10).size(), 1u);
  EXPECT_TRUE(Told().empty());
}

// A flood of objects keeps room for the events of resources, which are lost when there is none.
TEST_F(ObjectEventRelayTest, AFloodWaitsInTheOutbox) {
  Follow("all", "1", R"({"source": ["aws.s3"]})");
  std::vector<objects::KeyToDelete> markers;
  objects_.SetBucketVersioning("b", objects::Versioning::kEnabled);
  for (int i = 0; i < 1000; ++i) markers.push_back({fmt::format("{}", i), {}});
  for (int i = 0; i < 6; ++i) objects_.DeleteAll("b", markers);
  while (relay_.Step()) {
  }
  EXPECT_GE(outbox_.Waiting(), ObjectEventRelay::kWaitingMax);
  EXPECT_LT(outbox_.Waiting(), ObjectEventRelay::kWaitingMax + ObjectEventRelay::kAtOnce);
  EXPECT_EQ(Told().size() + objects_.outbox().Oldest(10'000).size(), 6000u);
}

}  // namespace
}  // namespace sagebrush::events
