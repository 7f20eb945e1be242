#include "runtime/capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kGiB = 1LL << 30;

using Answer = Reservation::Answer;

Claim One(const std::string& order, const std::string& type = "ml.m5.xlarge") { return {{{type, 1}}, order}; }
Claim Lasting(const std::string& order, std::int64_t count, const std::string& type = "ml.m5.xlarge") {
  return {{{type, count}}, order, true};
}

class CapacityTest : public testing::Test {
 protected:
  CapacityTest() {
    capacity_.Listen([this](const std::string& owner) { told_.push_back(owner); });
  }
  bool Gets(const std::string& owner, const Claim& claim) {
    return capacity_.TryReserve(owner, claim).answer == Answer::kGiven;
  }
  bool Gets(const std::string& owner, const std::string& order) { return Gets(owner, One(order)); }

  Capacity capacity_{{8, 32 * kGiB}, {.overtakes_max = 2}};  // Two ml.m5.xlarge by memory, eight ml.t2.medium.
  std::vector<std::string> told_;
};

TEST_F(CapacityTest, GivesAnInstanceWhatItsTypeHas) {
  const InstanceOffer offer = capacity_.Offer("ml.m5.xlarge");
  EXPECT_EQ(offer.room.cpus, 4);
  EXPECT_EQ(offer.room.memory_bytes, 16 * kGiB);
  EXPECT_EQ(offer.notice, "");
  EXPECT_TRUE(Gets("a", "1"));
  EXPECT_EQ(capacity_.free().memory_bytes, 16 * kGiB);
}

TEST_F(CapacityTest, ScalesALargerInstanceDownAndSaysSo) {
  const InstanceOffer offer = capacity_.Offer("ml.m5.4xlarge");
  EXPECT_EQ(offer.room.cpus, 8);
  EXPECT_EQ(offer.room.memory_bytes, 16 * kGiB);
  EXPECT_EQ(offer.notice, "ml.m5.4xlarge has 16 vCPU and 64.0 GiB; this machine gives it 8 vCPU and 16.0 GiB.");
}

TEST_F(CapacityTest, SaysThatThereAreNoGpus) {
  EXPECT_THAT(capacity_.Offer("ml.g4dn.xlarge").notice, HasSubstr("the job gets none"));
  EXPECT_EQ(capacity_.Offer("ml.g4dn.xlarge").room.gpus, 0);
}

TEST(CapacityOfGpus, GivesEachToOneOnly) {
  Capacity capacity({8, 64 * kGiB, 1});
  EXPECT_EQ(capacity.Offer("ml.g4dn.xlarge").room.gpus, 1);
  EXPECT_EQ(capacity.Offer("ml.m5.large").room.gpus, 0);
  EXPECT_THAT(capacity.Offer("ml.g4dn.12xlarge").notice, HasSubstr("the job gets 1 from this server"));
  EXPECT_EQ(capacity.TryReserve("a", {{{"ml.g4dn.xlarge", 1}}, "1"}).answer, Answer::kGiven);
  EXPECT_EQ(capacity.TryReserve("b", {{{"ml.m5.large", 1}}, "2"}).answer, Answer::kGiven);
  const Reservation waits = capacity.TryReserve("c", {{{"ml.g4dn.xlarge", 1}}, "3"});
  EXPECT_EQ(waits.answer, Answer::kWait);
  EXPECT_THAT(waits.message, HasSubstr("needs 4 vCPU, 16.0 GiB and 1 GPU"));
  EXPECT_EQ(capacity.TryReserve("d", {{{"ml.g4dn.xlarge", 2}}, "4"}).answer, Answer::kNever);
  capacity.Release("a");
  EXPECT_EQ(capacity.TryReserve("c", {{{"ml.g4dn.xlarge", 1}}, "3"}).answer, Answer::kGiven);
}

TEST_F(CapacityTest, AskingAgainGivesTheSame) {
  EXPECT_TRUE(Gets("a", "1"));
  EXPECT_TRUE(Gets("a", "1"));
  EXPECT_EQ(capacity_.free().memory_bytes, 16 * kGiB);
}

TEST_F(CapacityTest, MakesThemWaitWhenItIsFull) {
  Gets("a", "1");
  Gets("b", "2");
  const Reservation reservation = capacity_.TryReserve("c", One("3"));
  EXPECT_EQ(reservation.answer, Answer::kWait);
  EXPECT_EQ(reservation.message,
            "Waiting for room on this machine: ml.m5.xlarge needs 4 vCPU and 16.0 GiB, free are 8 vCPU and "
            "0.0 GiB, 2 running.");
  EXPECT_THAT(capacity_.TryReserve("d", One("4")).message, HasSubstr("1 ahead in line"));
}

// W1: 90 instances were once waited for, and everything else behind them.
TEST_F(CapacityTest, RefusesWhatItCanNeverGiveAndHoldsNobodyForIt) {
  Gets("a", "1");
  const Reservation never = capacity_.TryReserve("giant", Lasting("0", 90));
  EXPECT_EQ(never.answer, Answer::kNever);
  EXPECT_EQ(
      never.message,
      "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error: 90 x "
      "ml.m5.xlarge need 360 vCPU and 1440.0 GiB; this machine has room for 32 vCPU and 32.0 GiB in all, free are "
      "8 vCPU and 16.0 GiB. Ask for fewer or smaller instances.");
  EXPECT_TRUE(Gets("b", "2"));
}

TEST_F(CapacityTest, GivesAllInstancesOfAClaimOrNone) {
  Gets("a", "1");
  EXPECT_FALSE(Gets("two", Lasting("2", 2)));
  EXPECT_EQ(capacity_.free().memory_bytes, 16 * kGiB);
  capacity_.Release("a");
  EXPECT_THAT(told_, ElementsAre("two"));
  EXPECT_TRUE(Gets("two", Lasting("2", 2)));
}

TEST_F(CapacityTest, LetsAnUpdateTakeTheRoomOfWhatItReplaces) {
  EXPECT_TRUE(Gets("e", Lasting("1", 2)));
  EXPECT_TRUE(Gets("e", Lasting("2", 1, "ml.m5.large")));
  EXPECT_EQ(capacity_.free().memory_bytes, 0);  // Until the old instances are gone.
  capacity_.Hold("e", Lasting("2", 1, "ml.m5.large"));
  EXPECT_EQ(capacity_.free().memory_bytes, 24 * kGiB);
}

TEST_F(CapacityTest, ServesThemInOrder) {
  Gets("a", "1");
  Gets("b", "2");
  Gets("d", "4");
  Gets("c", "3");
  capacity_.Release("a");
  EXPECT_THAT(told_, ElementsAre("c"));
  EXPECT_TRUE(Gets("c", "3"));
  EXPECT_FALSE(Gets("d", "4"));
}

TEST_F(CapacityTest, LetsSmallOnesOvertakeOnlySoOften) {
  Gets("a", "1");
  Gets("b", One("2", "ml.m5.large"));
  EXPECT_FALSE(Gets("c", Lasting("3", 2)));  // All of the machine: nothing fits beside it.
  EXPECT_TRUE(Gets("d", One("4", "ml.t2.medium")));
  capacity_.Release("d");
  EXPECT_TRUE(Gets("e", One("5", "ml.t2.medium")));
  EXPECT_FALSE(Gets("f", One("6", "ml.t2.medium")));
  for (const char* owner : {"a", "b", "e"}) capacity_.Release(owner);
  EXPECT_TRUE(Gets("c", Lasting("3", 2)));
}

TEST_F(CapacityTest, LetsThoseGoOnThatFitBesideTheOneThatWaits) {
  for (const char* owner : {"a", "b", "c"}) Gets(owner, One(owner, "ml.m5.large"));
  EXPECT_FALSE(Gets("half", One("d")));
  for (const char* owner : {"e", "f", "g"}) {  // Two overtake; the third and all further ones leave it its half.
    EXPECT_TRUE(Gets(owner, One(owner, "ml.t2.medium"))) << owner;
    capacity_.Release(owner);
  }
  EXPECT_TRUE(Gets("h", One("h", "ml.t2.medium")));
  EXPECT_TRUE(Gets("i", One("i", "ml.t2.medium")));
  for (const char* owner : {"a", "b", "c"}) capacity_.Release(owner);
  EXPECT_TRUE(Gets("half", One("d")));
}

TEST_F(CapacityTest, LetsNoEndpointShutAnotherOut) {
  Gets("job", "1");
  EXPECT_FALSE(Gets("all", Lasting("2", 2)));
  EXPECT_FALSE(Gets("small", Lasting("3", 1, "ml.t2.medium")));  // There is room for it; but it would stay for ever.
  EXPECT_TRUE(Gets("small job", One("4", "ml.t2.medium")));
}

TEST_F(CapacityTest, HoldsNobodyForWhatOnlyADeletionCanHelp) {
  EXPECT_TRUE(Gets("endpoint", Lasting("1", 1)));
  EXPECT_FALSE(Gets("all", Lasting("2", 2)));
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(Gets("job", "3"));
    capacity_.Release("job");
  }
  EXPECT_TRUE(Gets("other endpoint", Lasting("4", 1)));
}

TEST_F(CapacityTest, WhoLeavesTheLineLetsTheNextGo) {
  Gets("a", "1");
  Gets("b", One("2", "ml.m5.large"));
  Gets("c", Lasting("3", 2));
  EXPECT_FALSE(Gets("d", Lasting("4", 1, "ml.t2.medium")));
  capacity_.Release("c");
  EXPECT_THAT(told_, ElementsAre("d"));
  EXPECT_TRUE(Gets("d", Lasting("4", 1, "ml.t2.medium")));
}

// An endpoint that gives up its update, or is deleted, while what serves goes on for a while.
TEST_F(CapacityTest, WhoWithdrawsLetsTheNextGoAndKeepsWhatItHolds) {
  Gets("a", "1");
  capacity_.Hold("c", Lasting("3", 1, "ml.t2.medium"));
  const std::int64_t free = capacity_.free().memory_bytes;
  EXPECT_FALSE(Gets("c", Lasting("3", 2)));
  EXPECT_FALSE(Gets("d", Lasting("4", 1, "ml.m5.large")));
  capacity_.Withdraw("c");
  EXPECT_THAT(told_, ElementsAre("d"));
  EXPECT_EQ(capacity_.free().memory_bytes, free);
  capacity_.Withdraw("c");
  EXPECT_TRUE(Gets("d", Lasting("4", 1, "ml.m5.large")));
}

TEST_F(CapacityTest, WhatRunsIsHeldEvenWhereItDoesNotFit) {
  for (const char* owner : {"a", "b", "c"}) capacity_.Hold(owner, One(owner));
  EXPECT_LT(capacity_.free().memory_bytes, 0);
  EXPECT_TRUE(Gets("a", "a"));
  EXPECT_FALSE(Gets("d", "d"));
  capacity_.Release("a");
  EXPECT_FALSE(Gets("d", "d"));
  capacity_.Release("b");
  EXPECT_TRUE(Gets("d", "d"));
}

// After a restart, whose controller asked first once got the room that an older job was waiting for.
TEST_F(CapacityTest, WhoQueuesIsServedBeforeLargerOnesBehindWhoAskFirst) {
  Gets("a", "1");
  capacity_.Queue("b", One("2"));
  capacity_.Queue("c", Lasting("3", 1));
  EXPECT_FALSE(Gets("c", Lasting("3", 1)));
  EXPECT_TRUE(Gets("b", "2"));
  capacity_.Release("a");
  EXPECT_THAT(told_, ElementsAre("c"));
}

TEST_F(CapacityTest, RefusesAnUnknownType) {
  try {
    capacity_.TryReserve("a", One("1", "ml.x9.huge"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("ml.x9.huge"));
  }
}

// Random claims that come, wait, give up and end. Never is more given than there is, and when those that hold room go
// one after the other, each that waits is told and served.
TEST(CapacityRandom, ServesEveryoneInTheEnd) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const auto below = [&](unsigned limit) { return static_cast<std::int64_t>(random() % limit); };
    const Room machine{8, 32 * kGiB};
    Capacity capacity(machine, {.overtakes_max = 3});
    std::set<std::string> told;
    capacity.Listen([&](const std::string& owner) { told.insert(owner); });
    std::map<std::string, Claim> waiting, holding;
    const auto ask = [&](const std::string& owner, const Claim& claim) {
      const Reservation reservation = capacity.TryReserve(owner, claim);
      if (reservation.answer == Answer::kNever) return;
      if (reservation.answer == Answer::kWait) {
        waiting.insert_or_assign(owner, claim);
        return;
      }
      waiting.erase(owner);
      holding.insert_or_assign(owner, claim);
      ASSERT_GE(capacity.free().memory_bytes, 0);
      ASSERT_GE(capacity.free().cpus, 0);
    };
    const auto ask_told = [&] {
      while (!told.empty()) {
        const std::string owner = told.extract(told.begin()).value();
        if (waiting.contains(owner)) ask(owner, Claim(waiting.at(owner)));
      }
    };
    const char* const types[] = {"ml.t2.medium", "ml.m5.large", "ml.m5.xlarge", "ml.m5.4xlarge"};
    for (int step = 0; step < 300; ++step) {
      const std::string owner = fmt::format("{:04}", step);
      if (below(2) == 0) {
        ask(owner, {{{types[below(4)], 1 + below(3)}}, owner, below(4) == 0});
      } else if (!holding.empty() && below(5) != 0) {
        const std::string gone = std::next(holding.begin(), below(static_cast<unsigned>(holding.size())))->first;
        holding.erase(gone);
        capacity.Release(gone);
      } else if (!waiting.empty()) {
        const std::string gone = std::next(waiting.begin(), below(static_cast<unsigned>(waiting.size())))->first;
        waiting.erase(gone);
        capacity.Release(gone);
      }
      ask_told();
      if (testing::Test::HasFatalFailure()) return;
    }
    while (!holding.empty()) {  // Nothing new comes: in the end all have been served.
      const std::string gone = holding.begin()->first;
      holding.erase(gone);
      capacity.Release(gone);
      ask_told();
    }
    EXPECT_TRUE(waiting.empty()) << waiting.size() << " are still waiting, the first is " << waiting.begin()->first;
  }
}

// However many small jobs come, a large one is served when what ran at first has ended.
TEST(CapacityRandom, ALargeClaimDoesNotStarve) {
  Capacity capacity({8, 32 * kGiB}, {.overtakes_max = 3});
  std::deque<std::string> running;
  int next = 0;
  const auto small = [&] { return Claim{{{"ml.t2.medium", 1}}, fmt::format("{:04}", next)}; };
  for (; next < 8; ++next) {
    running.push_back(std::to_string(next));
    ASSERT_EQ(capacity.TryReserve(running.back(), small()).answer, Answer::kGiven);
  }
  const Claim large{{{"ml.m5.xlarge", 1}}, fmt::format("{:04}", next++)};
  int ended = 0;
  while (capacity.TryReserve("large", large).answer == Answer::kWait) {
    ASSERT_LT(++ended, 16);
    capacity.Release(running.front());
    running.pop_front();
    const std::string owner = std::to_string(next);
    if (capacity.TryReserve(owner, small()).answer == Answer::kGiven) running.push_back(owner);
    ++next;
  }
  EXPECT_GE(running.size(), 3u);  // Small ones went on beside it.
}

TEST(RoomOfThisMachineTest, IsPositive) {
  EXPECT_GE(RoomOfThisMachine().cpus, 1);
  EXPECT_GT(RoomOfThisMachine().memory_bytes, 0);
}

}  // namespace
}  // namespace sagebrush::runtime
