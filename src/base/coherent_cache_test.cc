#include "base/coherent_cache.h"

#include <string>

#include <gtest/gtest.h>

namespace sagebrush {
namespace {

using Cache = CoherentCache<std::string, int>;

std::shared_ptr<const int> Number(int value) { return std::make_shared<const int>(value); }

TEST(CoherentCache, GivesWhatWasPutLast) {
  Cache cache(1 << 20);
  EXPECT_EQ(cache.Get("k").value, nullptr);
  cache.Put("k", Number(1), 8);
  cache.Put("k", Number(2), 8);
  EXPECT_EQ(*cache.Get("k").value, 2);
  cache.Remove("k");
  EXPECT_EQ(cache.Get("k").value, nullptr);
}

TEST(CoherentCache, DropsWhatAReaderReadBeforeAChange) {
  Cache cache(1 << 20);
  for (const bool removed : {false, true}) {
    const Cache::Lookup missed = cache.Get("k");
    removed ? cache.Remove("k") : cache.Put("k", Number(2), 8);
    cache.Fill("k", Number(1), 8, missed.generation);
    const auto found = cache.Get("k").value;
    EXPECT_TRUE(removed ? found == nullptr : found != nullptr && *found == 2);
    cache.Remove("k");
  }
  cache.Fill("k", Number(1), 8, cache.Get("k").generation);
  EXPECT_EQ(*cache.Get("k").value, 1);
}

TEST(CoherentCache, ForgetsWhatWasNotUsedForLongest) {
  Cache cache(64 * 1000);  // A thousand bytes for each of its shards.
  for (int i = 0; i < 10'000; ++i) {
    cache.Put(std::to_string(i), Number(i), 100);
    ASSERT_EQ(*cache.Get(std::to_string(i)).value, i);
    if (i > 0) ASSERT_NE(cache.Get("0").value, nullptr) << i;
  }
  int kept = 0;
  for (int i = 0; i < 10'000; ++i) kept += cache.Get(std::to_string(i)).value != nullptr;
  EXPECT_GT(kept, 100);
  EXPECT_LE(kept, 640);
  cache.Put("too large", Number(0), 1001);
  EXPECT_EQ(cache.Get("too large").value, nullptr);
}

}  // namespace
}  // namespace sagebrush
