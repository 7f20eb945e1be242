#include "store/resource_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <string>

namespace sagebrush::store {
namespace {

Resource Job(const std::string& name, const std::string& state) {
  Resource job;
  job.key = {"training-job", "1", "us-east-1", name};
  job.state = state;
  job.attributes = {{"Word", std::string(10'000, 'x')}};
  return job;
}

// What is written after the last list in an order, and written again, is not kept for a list that never comes.
TEST(ResourceIndex, HoldsWhatThereIsAndNotWhatWas) {
  ResourceIndex index([](const std::string&, const ResourceIndex::Take&) {});
  ListQuery by_state{.kind = "training-job", .account = "1", .region = "us-east-1"};
  by_state.sort_by = ListQuery::SortBy::kState;
  index.Find(by_state, std::nullopt);  // From now on the kind is kept.
  const auto fill = [&] {
    index.Put(Job("b", "InProgress"));
    index.Put(Job("a", "Stopped"));
    index.Put(Job("c", "Completed"));
  };
  fill();
  index.Find(by_state, std::nullopt);  // And the order.
  const std::size_t before = ::mallinfo2().uordblks;
  for (int i = 0; i < 10'000; ++i) fill();
  EXPECT_LT(::mallinfo2().uordblks, before + 60'000'000);  // 30,000 outlines of 10 KB were written.
  EXPECT_THAT(index.Find(by_state, std::nullopt).names, testing::ElementsAre("c", "b", "a"));
}

}  // namespace
}  // namespace sagebrush::store
