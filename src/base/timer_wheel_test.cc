#include "base/timer_wheel.h"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace sagebrush {
namespace {

using std::chrono::milliseconds;

TEST(TimerWheel, FiresWithinOneTickAfterTheDeadline) {
  TimerWheel wheel;
  int fired = 0;
  TimerWheel::Timer timer([&] { ++fired; });
  wheel.Arm(timer, milliseconds(1000));
  wheel.Advance(milliseconds(999));
  EXPECT_EQ(fired, 0);
  wheel.Advance(milliseconds(1250));
  EXPECT_EQ(fired, 1);
  wheel.Advance(milliseconds(600'000));
  EXPECT_EQ(fired, 1);
}

TEST(TimerWheel, KeepsDeadlinesLongerThanOneTurn) {
  TimerWheel wheel;
  int fired = 0;
  TimerWheel::Timer timer([&] { ++fired; });
  wheel.Arm(timer, milliseconds(600'000));
  for (int second = 0; second < 600; ++second) wheel.Advance(milliseconds(second * 1000));
  EXPECT_EQ(fired, 0);
  wheel.Advance(milliseconds(600'250));
  EXPECT_EQ(fired, 1);
}

TEST(TimerWheel, ArmingAgainReplacesTheDeadlineInBothDirections) {
  TimerWheel wheel;
  int fired = 0;
  TimerWheel::Timer timer([&] { ++fired; });
  wheel.Arm(timer, milliseconds(1000));
  wheel.Arm(timer, milliseconds(5000));
  wheel.Advance(milliseconds(4000));
  EXPECT_EQ(fired, 0);
  wheel.Arm(timer, milliseconds(500));
  wheel.Advance(milliseconds(4750));
  EXPECT_EQ(fired, 1);
}

TEST(TimerWheel, DisarmedOrDestroyedTimersDoNotFire) {
  TimerWheel wheel;
  int fired = 0;
  TimerWheel::Timer disarmed([&] { ++fired; });
  auto destroyed = std::make_unique<TimerWheel::Timer>([&] { ++fired; });
  wheel.Arm(disarmed, milliseconds(1000));
  wheel.Arm(*destroyed, milliseconds(1000));
  wheel.Disarm(disarmed);
  destroyed.reset();
  wheel.Advance(milliseconds(10'000));
  EXPECT_EQ(fired, 0);
}

TEST(TimerWheel, ATimerMayDestroyItselfAndItsNeighbourWhenItFires) {
  TimerWheel wheel;
  std::vector<std::unique_ptr<TimerWheel::Timer>> timers;
  int fired = 0;
  for (int i = 0; i < 3; ++i) {
    timers.push_back(std::make_unique<TimerWheel::Timer>([&] {
      ++fired;
      timers.clear();
    }));
    wheel.Arm(*timers.back(), milliseconds(1000));
  }
  wheel.Advance(milliseconds(2000));
  EXPECT_EQ(fired, 1);
}

}  // namespace
}  // namespace sagebrush
