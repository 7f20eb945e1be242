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

}  // namespace

std::size_t BytesOf(const Resource& resource) {
  return 512 + BytesOf(resource.spec) + BytesOf(resource.status) + 2 * resource.key.name.size();
}

std::size_t KeyHash::operator()(const Key& key) const {
  const std::hash<std::string_view> hash;
  std::size_t value = hash(key.name);
  for (const std::string_view part :
       {std::string_view(key.kind), std::string_view(key.account), std::string_view(key.region)}) {
    value = value * 0x9e3779b97f4a7c15ULL + hash(part);
  }
  return value;
}

}  // namespace sagebrush::store
