#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

#include "base/mutex.h"
#include "store/store.h"

namespace sagebrush::store {

struct KeyHash {
  std::size_t operator()(const Key& key) const;
};

// Documents in memory, the least recently used forgotten first. Safe to call from any thread.
// The writer calls Put and Remove after each commit. A reader that found nothing reads the database and offers what it
// read with Fill, which drops it when the writer has changed anything nearby since: so a cached document is never
// older than the last call of the writer.
class ResourceCache {
 public:
  // Keeps documents of about `bytes_max` bytes.
  explicit ResourceCache(std::size_t bytes_max);

  struct Lookup {
    std::shared_ptr<const Resource> resource;  // nullptr: not cached.
    std::uint64_t generation = 0;              // For Fill.
  };
  Lookup Get(const Key& key);
  void Fill(std::shared_ptr<const Resource> resource, std::uint64_t generation);

  void Put(std::shared_ptr<const Resource> resource);
  void Remove(const Key& key);

 private:
  struct Entry {
    std::shared_ptr<const Resource> resource;
    std::size_t bytes;
  };
  struct Shard {
    Mutex mutex;
    std::list<Entry> by_use GUARDED_BY(mutex);  // Most recently used first.
    std::unordered_map<Key, std::list<Entry>::iterator, KeyHash> by_key GUARDED_BY(mutex);
    std::size_t bytes GUARDED_BY(mutex) = 0;
    std::uint64_t generation GUARDED_BY(mutex) = 0;  // Counts Put and Remove.
  };
  Shard& ShardOf(const Key& key);
  void Store(Shard& shard, std::shared_ptr<const Resource> resource) REQUIRES(shard.mutex);
  void Forget(Shard& shard, std::list<Entry>::iterator entry) REQUIRES(shard.mutex);

  std::array<Shard, 64> shards_;
  std::size_t shard_bytes_max_;
};

}  // namespace sagebrush::store
