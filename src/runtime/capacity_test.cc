#include "runtime/capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kGiB = 1LL << 30;

class CapacityTest : public testing::Test {
 protected:
  CapacityTest() {
    capacity_.Listen([this](const std::string& id) { told_.push_back(id); });
  }
  bool Gets(const std::string& id, const std::string& order, const std::string& type = "ml.m5.xlarge") {
    return capacity_.TryReserve(id, type, order).room.has_value();
  }

  Capacity capacity_{{8, 32 * kGiB}};  // Two ml.m5.xlarge by memory.
  std::vector<std::string> told_;
};

TEST_F(CapacityTest, GivesAnInstanceWhatItsTypeHas) {
  const Reservation reservation = capacity_.TryReserve("a", "ml.m5.xlarge", "1");
  ASSERT_TRUE(reservation.room);
  EXPECT_EQ(reservation.room->cpus, 4);
  EXPECT_EQ(reservation.room->memory_bytes, 16 * kGiB);
  EXPECT_EQ(reservation.message, "");
}

TEST_F(CapacityTest, ScalesALargerInstanceDownAndSaysSo) {
  const Reservation reservation = capacity_.TryReserve("a", "ml.m5.4xlarge", "1");
  ASSERT_TRUE(reservation.room);
  EXPECT_EQ(reservation.room->cpus, 8);
  EXPECT_EQ(reservation.room->memory_bytes, 16 * kGiB);
  EXPECT_EQ(reservation.message, "ml.m5.4xlarge has 16 vCPU and 64.0 GiB; this machine gives it 8 vCPU and 16.0 GiB.");
}

TEST_F(CapacityTest, SaysThatThereAreNoGpus) {
  EXPECT_THAT(capacity_.TryReserve("a", "ml.g4dn.xlarge", "1").message, HasSubstr("the job gets none"));
}

TEST_F(CapacityTest, AskingAgainGivesTheSame) {
  EXPECT_TRUE(Gets("a", "1"));
  EXPECT_TRUE(Gets("a", "1"));
  EXPECT_EQ(capacity_.free().memory_bytes, 16 * kGiB);
}

TEST_F(CapacityTest, MakesThemWaitWhenItIsFull) {
  Gets("a", "1");
  Gets("b", "2");
  const Reservation reservation = capacity_.TryReserve("c", "ml.m5.xlarge", "3");
  EXPECT_FALSE(reservation.room);
  EXPECT_EQ(reservation.message,
            "Waiting for room on this machine: ml.m5.xlarge needs 4 vCPU and 16.0 GiB, free are 8 vCPU and "
            "0.0 GiB, 2 running.");
  EXPECT_THAT(capacity_.TryReserve("d", "ml.m5.xlarge", "4").message, HasSubstr("1 ahead in line"));
}

TEST_F(CapacityTest, ServesThemInOrder) {
  Gets("a", "1");
  Gets("b", "2");
  Gets("d", "4");
  Gets("c", "3");
  capacity_.Release("a");
  EXPECT_THAT(told_, ElementsAre("c"));
  EXPECT_FALSE(Gets("d", "4"));
  EXPECT_TRUE(Gets("c", "3"));
}

TEST_F(CapacityTest, ASmallOneDoesNotOvertake) {
  Gets("a", "1");
  Gets("b", "2", "ml.m5.large");
  EXPECT_FALSE(Gets("c", "3"));
  EXPECT_FALSE(Gets("d", "4", "ml.t2.medium"));  // There is room for it, and "c" is first.
  capacity_.Release("b");
  EXPECT_THAT(told_, ElementsAre("c"));
}

TEST_F(CapacityTest, WhoLeavesTheLineLetsTheNextGo) {
  Gets("a", "1");
  Gets("b", "2", "ml.m5.large");
  Gets("c", "3");
  Gets("d", "4", "ml.t2.medium");
  capacity_.Release("c");
  EXPECT_THAT(told_, ElementsAre("d"));
  EXPECT_TRUE(Gets("d", "4", "ml.t2.medium"));
}

TEST_F(CapacityTest, WhatRunsIsRestoredEvenWhereItDoesNotFit) {
  for (const char* id : {"a", "b", "c"}) EXPECT_TRUE(capacity_.Restore(id, "ml.m5.xlarge").room);
  EXPECT_LT(capacity_.free().memory_bytes, 0);
  EXPECT_FALSE(Gets("d", "4"));
  capacity_.Release("a");
  EXPECT_FALSE(Gets("d", "4"));
  capacity_.Release("b");
  EXPECT_TRUE(Gets("d", "4"));
}

// After a restart, whose controller asked first once got the room that an older job was waiting for.
TEST_F(CapacityTest, WhoQueuesIsServedBeforeThoseBehindWhoAskFirst) {
  Gets("a", "1");
  for (const char* id : {"b", "c"}) capacity_.Queue(id, "ml.m5.xlarge", id);
  EXPECT_FALSE(Gets("c", "c"));
  EXPECT_TRUE(Gets("b", "b"));
  capacity_.Release("a");
  EXPECT_THAT(told_, ElementsAre("c"));
}

TEST_F(CapacityTest, RefusesAnUnknownType) {
  try {
    capacity_.TryReserve("a", "ml.x9.huge", "1");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("ml.x9.huge"));
  }
}

TEST(RoomOfThisMachineTest, IsPositive) {
  EXPECT_GE(RoomOfThisMachine().cpus, 1);
  EXPECT_GT(RoomOfThisMachine().memory_bytes, 0);
}

}  // namespace
}  // namespace sagebrush::runtime
