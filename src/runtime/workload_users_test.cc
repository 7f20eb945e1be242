#include "runtime/workload_users.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sagebrush::runtime {
namespace {

TEST(WorkloadUsers, GivesEachAnIdOfItsOwn) {
  WorkloadUsers users = WorkloadUsers::Within("         0          0 4294967295\n");
  std::set<std::uint32_t> given;
  for (int i = 0; i < 1000; ++i) given.insert(users.Take());
  EXPECT_EQ(given.size(), 1000u);
  EXPECT_GE(*given.begin(), WorkloadUsers::kFirst);
  EXPECT_LT(*given.rbegin(), WorkloadUsers::kFirst + WorkloadUsers::kCount);
}

TEST(WorkloadUsers, GivesNoneTwiceUntilItIsReleased) {
  WorkloadUsers users = WorkloadUsers::Within("0 100000 4096\n");  // A quarter of it.
  users.Keep(2048);
  std::set<std::uint32_t> given;
  for (int i = 0; i < 1023; ++i) given.insert(users.Take());
  EXPECT_EQ(given.size(), 1023u);
  EXPECT_FALSE(given.contains(2048));
  EXPECT_THROW(users.Take(), Error);
  users.Release(2048);
  EXPECT_EQ(users.Take(), 2048u);
}

TEST(WorkloadUsers, StaysWithinTheNamespaceOfAContainer) {
  WorkloadUsers users = WorkloadUsers::Within("0 100000 65536\n");
  for (int i = 0; i < 100; ++i) {
    const std::uint32_t user = users.Take();
    EXPECT_GE(user, 32768u);
    EXPECT_LT(user, 49152u);
  }
}

TEST(WorkloadUsers, HasNoneWhereOnlyOneUserExists) {
  EXPECT_FALSE(WorkloadUsers::Within("0 1000 1\n").any());
  EXPECT_FALSE(WorkloadUsers::Within("").any());
}

}  // namespace
}  // namespace sagebrush::runtime
