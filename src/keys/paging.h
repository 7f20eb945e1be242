#pragma once

#include "store/store.h"
#include "wire/call.h"

namespace sagebrush::keys {

// The page that Limit and Marker of the input ask for, of one kind of resource; `limit` when it says none. Throws
// Error(InvalidMarkerException).
store::Page PageOf(const store::Reader& store, const wire::Call& call, const char* kind, int limit);
// The same of `items`, which are in the order of their text `id`: {`member`: [...], Truncated, NextMarker}.
JsonObject PageOf(const wire::Call& call, const char* member, const JsonArray& items, const char* id,
                  std::size_t limit);

}  // namespace sagebrush::keys
