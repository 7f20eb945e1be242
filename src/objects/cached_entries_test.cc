// What the store answers from memory is never older than the last write that was acknowledged.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "base/memory_only.h"
#include "objects/local_object_store.h"

namespace sagebrush::objects {
namespace {

class CachedEntries : public testing::Test {
 protected:
  CachedEntries() { store_.CreateBucket({.name = "b", .account = "1", .region = "us-east-1"}); }

  Object Put(const std::string& key, const std::string& bytes) {
    const auto writer = store_.Write("b", key, {}, {});
    writer->Append(bytes);
    return writer->Commit();
  }
  // nullopt: not there. Throws MustWait when it would have to read the disk.
  std::optional<std::string> FromMemory(const std::string& key) const {
    const MemoryOnly only;
    const auto opened = store_.Open("b", key);
    if (!opened) return std::nullopt;
    std::string bytes;
    opened->Read({0, opened->object.size}, [&](std::string_view piece) { bytes += piece; });
    return bytes;
  }

  TemporaryDirectory directory_;
  SystemClock clock_;
  LocalObjectStore store_{directory_.path(), clock_};
};

TEST_F(CachedEntries, AreThereOnceTheyWereAskedFor) {
  Put("k", "bytes");
  EXPECT_THROW(FromMemory("k"), MustWait);
  EXPECT_THROW(FromMemory("missing"), MustWait);
  store_.Find("b", "k");
  EXPECT_EQ(FromMemory("k"), "bytes");
}

TEST_F(CachedEntries, AreForgottenWithEveryChange) {
  store_.SetBucketVersioning("b", Versioning::kEnabled);
  Put("k", "1");
  const auto tags = [&] { return store_.Find("b", "k")->properties.tags; };
  EXPECT_TRUE(tags().empty());
  store_.Edit("b", "k", [](Properties& properties) { properties.tags = {{"a", "b"}}; });
  EXPECT_EQ(tags(), (Tags{{"a", "b"}}));
  const std::string second = Put("k", "22").version;
  EXPECT_EQ(store_.Find("b", "k")->size, 2u);
  store_.Delete("b", "k", {.version = second});  // The first is current again.
  EXPECT_EQ(store_.Find("b", "k")->size, 1u);
  const std::string marker = store_.Delete("b", "k").version;
  EXPECT_FALSE(store_.Find("b", "k"));
  store_.Delete("b", "k", {.version = marker});
  EXPECT_EQ(store_.Find("b", "k")->size, 1u);
}

TEST_F(CachedEntries, AreNeverOlderThanAnAcknowledgedWrite) {
  constexpr std::size_t kWrites = 100;
  Put("k", "x");
  std::atomic<std::size_t> acknowledged = 1;
  std::jthread writer([&] {
    for (std::size_t size = 2; size <= kWrites; ++size) {
      Put("k", std::string(size, 'x'));
      acknowledged = size;
    }
  });
  std::vector<std::jthread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      for (std::size_t least = acknowledged; least < kWrites; least = acknowledged) {
        ASSERT_GE(store_.Find("b", "k")->size, least);
      }
    });
  }
}

}  // namespace
}  // namespace sagebrush::objects
