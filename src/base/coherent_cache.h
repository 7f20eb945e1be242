#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

#include "base/mutex.h"

namespace sagebrush {

// What a database holds, in memory, the least recently used forgotten first. Safe to call from any thread.
// The writer calls Put and Remove after each commit. A reader that found nothing reads the database and offers what it
// read with Fill, which drops it when the writer has changed anything nearby since: so what is cached is never older
// than the last call of the writer.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class CoherentCache {
 public:
  using Pointer = std::shared_ptr<const Value>;

  // Keeps values of about `bytes_max` bytes.
  explicit CoherentCache(std::size_t bytes_max) : shard_bytes_max_(bytes_max / shards_.size()) {}

  struct Lookup {
    Pointer value;                 // nullptr: not cached.
    std::uint64_t generation = 0;  // For Fill.
  };
  Lookup Get(const Key& key) {
    Shard& shard = ShardOf(key);
    const MutexLock lock(shard.mutex);
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) return {nullptr, shard.generation};
    shard.by_use.splice(shard.by_use.begin(), shard.by_use, found->second);
    return {found->second->value, shard.generation};
  }

  // `bytes`: what the value takes in memory, roughly.
  void Fill(const Key& key, Pointer value, std::size_t bytes, std::uint64_t generation) {
    Shard& shard = ShardOf(key);
    const MutexLock lock(shard.mutex);
    if (shard.generation == generation) Store(shard, key, std::move(value), bytes);
  }

  void Put(const Key& key, Pointer value, std::size_t bytes) {
    Shard& shard = ShardOf(key);
    const MutexLock lock(shard.mutex);
    ++shard.generation;
    Store(shard, key, std::move(value), bytes);
  }

  void Remove(const Key& key) {
    Shard& shard = ShardOf(key);
    const MutexLock lock(shard.mutex);
    ++shard.generation;
    const auto found = shard.by_key.find(key);
    if (found != shard.by_key.end()) Forget(shard, found->second);
  }

 private:
  struct Entry {
    Pointer value;
    std::size_t bytes;
    const Key* key;  // In by_key.
  };
  using Entries = std::list<Entry>;
  struct Shard {
    Mutex mutex;
    Entries by_use GUARDED_BY(mutex);  // Most recently used first.
    std::unordered_map<Key, typename Entries::iterator, Hash> by_key GUARDED_BY(mutex);
    std::size_t bytes GUARDED_BY(mutex) = 0;
    std::uint64_t generation GUARDED_BY(mutex) = 0;  // Counts Put and Remove.
  };

  Shard& ShardOf(const Key& key) { return shards_[(Hash()(key) >> 32) % shards_.size()]; }

  void Store(Shard& shard, const Key& key, Pointer value, std::size_t bytes) REQUIRES(shard.mutex) {
    const auto old = shard.by_key.find(key);
    if (old != shard.by_key.end()) Forget(shard, old->second);
    if (bytes > shard_bytes_max_) return;
    shard.by_use.push_front({std::move(value), bytes, nullptr});
    shard.by_use.front().key = &shard.by_key.emplace(key, shard.by_use.begin()).first->first;
    shard.bytes += bytes;
    while (shard.bytes > shard_bytes_max_) Forget(shard, std::prev(shard.by_use.end()));
  }

  void Forget(Shard& shard, typename Entries::iterator entry) REQUIRES(shard.mutex) {
    shard.bytes -= entry->bytes;
    shard.by_key.erase(*entry->key);
    shard.by_use.erase(entry);
  }

  std::array<Shard, 64> shards_;
  std::size_t shard_bytes_max_;
};

}  // namespace sagebrush
