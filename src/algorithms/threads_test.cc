#include "algorithms/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>

namespace sagebrush::algorithms {
namespace {

TEST(ParallelFor, CallsEveryIndexOnce) {
  std::atomic<int> calls[100] = {};
  ParallelFor(100, 4, [&](std::size_t i) { ++calls[i]; });
  for (const auto& count : calls) EXPECT_EQ(count, 1);
}

TEST(ParallelFor, RethrowsTheFirstFailureWhateverTheTiming) {
  try {
    ParallelFor(50, 4, [](std::size_t i) {
      if (i % 10 == 7) throw std::runtime_error(std::to_string(i));
    });
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "7");
  }
}

TEST(ThreadLimit, IsAtLeastOne) { EXPECT_GE(ThreadLimit(), 1); }

}  // namespace
}  // namespace sagebrush::algorithms
