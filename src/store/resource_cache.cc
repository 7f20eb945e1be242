#include "store/resource_cache.h"

#include <functional>

namespace sagebrush::store {
namespace {

// What a document takes in memory, roughly: Boost.JSON spends about 16 bytes a value besides the text.
std::size_t BytesOf(const Json& value) {
  if (const auto* text = value.if_string()) return 16 + text->size();
  std::size_t bytes = 24;
  if (const auto* array = value.if_array()) {
    for (const Json& element : *array) bytes += BytesOf(element);
  } else if (const auto* object = value.if_object()) {
    for (const auto& [name, member] : *object) bytes += 24 + name.size() + BytesOf(member);
  }
  return bytes;
}

std::size_t BytesOf(const Resource& resource) {
  return 512 + BytesOf(resource.spec) + BytesOf(resource.status) + 2 * resource.key.name.size();
}

}  // namespace

std::size_t KeyHash::operator()(const Key& key) const {
  const std::hash<std::string_view> hash;
  std::size_t value = hash(key.name);
  for (const std::string_view part :
       {std::string_view(key.kind), std::string_view(key.account), std::string_view(key.region)}) {
    value = value * 0x9e3779b97f4a7c15ULL + hash(part);
  }
  return value;
}

ResourceCache::ResourceCache(std::size_t bytes_max) : shard_bytes_max_(bytes_max / shards_.size()) {}

ResourceCache::Shard& ResourceCache::ShardOf(const Key& key) {
  return shards_[(KeyHash()(key) >> 32) % shards_.size()];
}

ResourceCache::Lookup ResourceCache::Get(const Key& key) {
  Shard& shard = ShardOf(key);
  const MutexLock lock(shard.mutex);
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) return {nullptr, shard.generation};
  shard.by_use.splice(shard.by_use.begin(), shard.by_use, found->second);
  return {found->second->resource, shard.generation};
}

void ResourceCache::Fill(std::shared_ptr<const Resource> resource, std::uint64_t generation) {
  Shard& shard = ShardOf(resource->key);
  const MutexLock lock(shard.mutex);
  if (shard.generation == generation) Store(shard, std::move(resource));
}

void ResourceCache::Put(std::shared_ptr<const Resource> resource) {
  Shard& shard = ShardOf(resource->key);
  const MutexLock lock(shard.mutex);
  ++shard.generation;
  Store(shard, std::move(resource));
}

void ResourceCache::Remove(const Key& key) {
  Shard& shard = ShardOf(key);
  const MutexLock lock(shard.mutex);
  ++shard.generation;
  const auto found = shard.by_key.find(key);
  if (found != shard.by_key.end()) Forget(shard, found->second);
}

void ResourceCache::Store(Shard& shard, std::shared_ptr<const Resource> resource) {
  const auto old = shard.by_key.find(resource->key);
  if (old != shard.by_key.end()) Forget(shard, old->second);
  const std::size_t bytes = BytesOf(*resource);
  if (bytes > shard_bytes_max_) return;
  shard.by_use.push_front({std::move(resource), bytes});
  shard.by_key.emplace(shard.by_use.front().resource->key, shard.by_use.begin());
  shard.bytes += bytes;
  while (shard.bytes > shard_bytes_max_) Forget(shard, std::prev(shard.by_use.end()));
}

void ResourceCache::Forget(Shard& shard, std::list<Entry>::iterator entry) {
  shard.bytes -= entry->bytes;
  shard.by_key.erase(entry->resource->key);
  shard.by_use.erase(entry);
}

}  // namespace sagebrush::store
