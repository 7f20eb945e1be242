#include "inference/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "inference/error.h"
#include "inference/fake_model.h"

namespace sagebrush::inference {
namespace {

constexpr char kAccount[] = "123456789012";
constexpr char kRegion[] = "us-east-1";

class RouterTest : public testing::Test {
 protected:
  void Set(const std::vector<Variant>& variants) { router_.SetRoute(kAccount, kRegion, "e", {variants, {}}); }
  Target Choose(std::string_view variant = "") { return router_.Choose(kAccount, kRegion, "e", variant); }
  std::map<std::string, int> ChooseMany(int count) {
    std::map<std::string, int> chosen;
    for (int i = 0; i < count; ++i) ++chosen[Choose().variant().name];
    return chosen;
  }

  FakeRuntime runtime_;
  Router router_{runtime_};
};

TEST_F(RouterTest, SharesTrafficByWeight) {
  Set({{"a", 3, {{"w1"}}}, {"b", 1, {{"w2"}}}, {"off", 0, {{"w3"}}}});
  const auto chosen = ChooseMany(1000);
  EXPECT_NEAR(chosen.at("a"), 750, 5);
  EXPECT_NEAR(chosen.at("b"), 250, 5);
  EXPECT_EQ(chosen.count("off"), 0u);
}

TEST_F(RouterTest, SharesTrafficEvenlyWhenAllWeightsAreZero) {
  Set({{"a", 0, {{"w1"}}}, {"b", 0, {{"w2"}}}});
  EXPECT_NEAR(ChooseMany(1000).at("a"), 500, 5);
}

TEST_F(RouterTest, ObeysTheTargetVariant) {
  Set({{"a", 1, {{"w1"}}}, {"b", 0, {{"w2"}}}});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Choose("b").variant().name, "b");
}

TEST_F(RouterTest, PrefersTheInstanceWithTheFewestInvocationsUnderWay) {
  Set({{"a", 1, {{"w1"}, {"w2"}, {"w3"}}}});
  const Target first = Choose();
  const Target second = Choose();
  const Target third = Choose();
  EXPECT_EQ(router_.Outstanding("w1") + router_.Outstanding("w2") + router_.Outstanding("w3"), 3);
  EXPECT_EQ(router_.Outstanding("w1"), 1);
  EXPECT_EQ(router_.Outstanding("w2"), 1);
}

// An endpoint's update stopped an instance for which an invocation was chosen and not yet counted.
TEST_F(RouterTest, WhatAnUpdateLeavesBehindIsCountedWhenItReturns) {
  for (int round = 0; round < 100; ++round) {
    Set({{"a", 1, {{"old"}}}});
    std::atomic<bool> updated{false};
    std::atomic<int> chosen{0};
    std::vector<std::vector<Target>> held(3);
    std::vector<std::jthread> threads;
    for (auto& targets : held) {
      threads.emplace_back([&] {
        while (!updated) targets.push_back(Choose()), ++chosen;
      });
    }
    while (chosen < 30) std::this_thread::yield();
    Set({{"a", 1, {{"new"}}}});
    const int outstanding = router_.Outstanding("old");
    updated = true;
    threads.clear();
    // What saw that it came too late is counted no more.
    EXPECT_LE(router_.Outstanding("old"), outstanding);
    for (const auto& targets : held) {
      EXPECT_TRUE(
          std::ranges::is_sorted(targets, {}, [](const Target& target) { return target.instance().id == "new"; }));
    }
  }
}

TEST_F(RouterTest, VariantsOfOneNameShareWhatIsAskedOfIt) {
  Set({{"a", 0.9, {{"old"}}}, {"b", 5, {{"w"}}}, {"a", 0.1, {{"new"}}}});
  std::map<std::string, int> chosen;
  for (int i = 0; i < 1000; ++i) ++chosen[Choose("a").instance().id];
  EXPECT_NEAR(chosen.at("old"), 900, 5);
  EXPECT_NEAR(chosen.at("new"), 100, 5);
}

TEST_F(RouterTest, AVariantWithoutInstancesGivesItsTrafficToTheOthersButNoneToThoseOfWeightZero) {
  Set({{"a", 3, {}}, {"b", 1, {{"w"}}}, {"off", 0, {{"x"}}}});
  EXPECT_EQ(ChooseMany(10).at("b"), 10);
  Set({{"a", 3, {}}, {"off", 0, {{"x"}}}});
  EXPECT_THROW(Choose(), Error);
}

TEST_F(RouterTest, EqualInstancesTakeTurns) {
  Set({{"a", 1, {{"w1"}, {"w2"}}}});
  std::map<std::string, int> chosen;
  for (int i = 0; i < 100; ++i) ++chosen[Choose().instance().id];
  EXPECT_EQ(chosen["w1"], 50);
}

// RoutingStrategy RANDOM once did what LEAST_OUTSTANDING_REQUESTS does.
TEST_F(RouterTest, RandomRoutingLooksAtNothing) {
  Set({{"a", 1, {{"w1"}, {"w2"}}, Routing::kRandom}});
  std::vector<Target> under_way;
  std::string order;
  for (int i = 0; i < 1000; ++i) {
    under_way.push_back(Choose());
    order += under_way.back().instance().id.back();
  }
  EXPECT_NEAR(router_.Outstanding("w1"), 500, 60);
  for (const char* pattern : {"11111", "22222", "12121", "21212"}) EXPECT_THAT(order, testing::HasSubstr(pattern));
}

TEST_F(RouterTest, CountsWhatIsUnderWayUntilItEndsThoughTheInstanceIsReplaced) {
  Set({{"a", 1, {{"old"}}}});
  {
    const Target under_way = Choose();
    Set({{"a", 1, {{"new"}}}});
    EXPECT_EQ(router_.Outstanding("old"), 1);
    EXPECT_EQ(Choose().instance().id, "new");
  }
  EXPECT_EQ(router_.Outstanding("old"), 0);
  EXPECT_EQ(router_.Outstanding("never seen"), 0);
}

TEST_F(RouterTest, NamesTheEndpointThatIsMissing) {
  Set({{"a", 1, {{"w1"}}}});
  router_.RemoveRoute(kAccount, kRegion, "e");
  try {
    Choose();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind().code, "ValidationError");
    // AWS's words, as quoted in github.com/aws/amazon-sagemaker-examples issues 293 and 559.
    EXPECT_STREQ(error.what(), "Endpoint e of account 123456789012 not found.");
  }
  EXPECT_THROW(router_.Choose("other account", kRegion, "e", ""), Error);
}

TEST_F(RouterTest, RefusesUnknownVariantsAndEndpointsWithoutInstances) {
  Set({{"a", 1, {}}});
  const auto code_of = [&](std::string_view variant) {
    try {
      Choose(variant);
    } catch (const Error& error) {
      return std::string(error.kind().code);
    }
    return std::string();
  };
  EXPECT_EQ(code_of("b"), "ValidationError");
  EXPECT_EQ(code_of("a"), "ServiceUnavailable");
  EXPECT_EQ(code_of(""), "ServiceUnavailable");
}

}  // namespace
}  // namespace sagebrush::inference
