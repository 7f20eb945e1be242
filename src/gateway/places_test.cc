#include "gateway/places.h"

#include <gtest/gtest.h>

namespace sagebrush::gateway {
namespace {

TEST(Places, AreLimitedInAllAndForEachName) {
  Places places(3, 2);
  auto first = places.Take("a");
  const auto second = places.Take("a");
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(places.Take("a"));
  const auto third = places.Take("b");
  EXPECT_TRUE(third);
  EXPECT_FALSE(places.Take("c"));
  first.reset();
  EXPECT_TRUE(places.Take("a"));
  EXPECT_EQ(places.taken(), 2u);
}

TEST(Places, MoveWithTheirOwner) {
  Places places(1, 1);
  {
    auto taken = places.Take("a");
    const Places::Place moved = std::move(*taken);
    taken.reset();
    EXPECT_FALSE(places.Take("a"));
  }
  places.WaitUntilEmpty(Milliseconds(0));
  EXPECT_EQ(places.taken(), 0u);
}

}  // namespace
}  // namespace sagebrush::gateway
