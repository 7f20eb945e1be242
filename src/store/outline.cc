#include <algorithm>

#include "store/store.h"

namespace sagebrush::store {

std::string_view Outline::ValueOf(std::string_view attribute) const {
  const auto found = std::ranges::find(attributes, attribute, &Attribute::name);
  return found == attributes.end() ? std::string_view() : found->value;
}

Outline OutlineOf(const Resource& resource) {
  return {resource.key.name, resource.state, resource.created, resource.modified, resource.attributes};
}

}  // namespace sagebrush::store
