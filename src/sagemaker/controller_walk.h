#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "sagemaker/controller_world.h"

namespace sagebrush::sagemaker {

// For tests that walk every state x every operation x every failure of a noun with behaviour, on a machine of 16
// processors and 64 GiB.
class ControllerWalk : public testing::Test {
 protected:
  using Go = std::function<void()>;
  using Table = std::vector<std::pair<std::string, Go>>;

  static constexpr Seconds kHours{3 * 3600};
  static constexpr Seconds kMinutes{10 * 60};
  static constexpr std::int64_t kMemoryBytes = 64LL << 30;

  ControllerWalk() { SetLogSeverity(Severity::kError); }
  ~ControllerWalk() override { SetLogSeverity(Severity::kInfo); }

  // Reaches each state, does each operation, lets each failure happen, and calls `expect_an_end`, which leaves nothing
  // behind for the next.
  void WalkAll(const Table& states, const Table& operations, const Table& failures, const Go& expect_an_end) {
    for (const auto& [state, reach] : states) {
      for (const auto& [operation, operate] : operations) {
        for (const auto& [failure, fail] : failures) {
          SCOPED_TRACE(fmt::format("{}; {}; {}", state, operation, failure));
          reach();
          operate();
          fail();
          expect_an_end();
          if (HasFailure()) return;
        }
      }
    }
  }

  // Of each call of the server to its store, runtime and objects one in a hundred fails, and one in a hundred is the
  // last before it is killed, half of these with and half without effect.
  void LetChanceBefall(std::mt19937& random) {
    world_.Befall([&random] {
      switch (random() % 200) {
        case 0:
        case 1:
          return Trouble::Fate::kFails;
        case 2:
          return Trouble::Fate::kKilledBefore;
        case 3:
          return Trouble::Fate::kKilledAfter;
        default:
          return Trouble::Fate::kNone;
      }
    });
  }

  // Those that every noun has: of the server and of its disk, which is full from the n-th write on, for three of them.
  Table ServerFailures(int writes_max) {
    Table failures{{"none", [] {}},
                   {"the server is killed", [this] { world_.Restart(); }},
                   {"the server is killed a step later", [this] {
                      world_.RunReconciles();
                      world_.Restart();
                    }}};
    for (int after = 0; after < writes_max; ++after) {
      failures.push_back({fmt::format("the disk is full after {} writes", after), [this, after] {
                            world_.FailWrites(3, after);
                            world_.Run();
                          }});
    }
    return failures;
  }

  // No workload, memory, file below `folder` of the data directory, or chore.
  void ExpectNothingLeft(const char* folder) {
    EXPECT_TRUE(world_.runtime().List().empty());
    EXPECT_EQ(world_.capacity().free().memory_bytes, kMemoryBytes);
    EXPECT_TRUE(std::filesystem::is_empty(world_.data() / folder));
    EXPECT_TRUE(world_.chores().ForgetAll(""));
    EXPECT_FALSE(world_.chores().RunOne());
  }

  ControllerWorld world_{{16, kMemoryBytes}};
};

}  // namespace sagebrush::sagemaker
