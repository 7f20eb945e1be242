#pragma once

#include <string>
#include <vector>

#include "store/store.h"
#include "wire/call.h"

namespace sagebrush::keys {

// The page that Limit and Marker of the input ask for, of one kind of resource; `limit` when it says none. Throws
// Error(InvalidMarkerException).
store::Page PageOf(const store::Reader& store, const wire::Call& call, const char* kind, int limit);

struct ListedItem {
  std::string id;  // What the list is ordered by.
  Json shown;
};
// The same of items in memory: {`member`: [...], Truncated, NextMarker}.
JsonObject PageOf(const wire::Call& call, const char* member, const std::vector<ListedItem>& items, std::size_t limit);

}  // namespace sagebrush::keys
