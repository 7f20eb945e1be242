#include "store/memory_store.h"

#include "store/store_conformance.h"

namespace sagebrush::store {
namespace {

struct MemoryOpener {
  std::unique_ptr<Store> Open(const Path&, Store::Options options) {
    return std::make_unique<MemoryStore>(content_, std::move(options));
  }

 private:
  std::shared_ptr<MemoryContent> content_ = std::make_shared<MemoryContent>();
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, StoreConformance, MemoryOpener);

TEST(MemoryStore, FailsWhereItIsTold) {
  MemoryStore store;
  store.BeforeWrite([] { throw Error(kServiceUnavailable, "full"); });
  Resource model;
  model.key = {"model", "1", "us-east-1", "a"};
  EXPECT_THROW(store.Insert(model), Error);
  store.BeforeWrite(nullptr);
  EXPECT_EQ(store.Get(model.key), nullptr);
  EXPECT_TRUE(store.Insert(model));
}

}  // namespace
}  // namespace sagebrush::store
