#pragma once

#include <cstddef>

#include "base/coherent_cache.h"
#include "store/store.h"

namespace sagebrush::store {

struct KeyHash {
  std::size_t operator()(const Key& key) const;
};

// Documents in memory.
using ResourceCache = CoherentCache<Key, Resource, KeyHash>;

// What a document takes in memory, roughly.
std::size_t BytesOf(const Resource& resource);

}  // namespace sagebrush::store
