#include "keys/paging.h"

#include "base/encoding.h"
#include "keys/key_errors.h"

namespace sagebrush::keys {
namespace {

[[noreturn]] void ThrowInvalidMarker() {
  throw Error(kInvalidMarker, "The Marker is not one that this list has returned as NextMarker.");
}

}  // namespace

store::Page PageOf(const store::Reader& store, const wire::Call& call, const char* kind, int limit) {
  store::ListQuery query{.kind = kind, .account = call.account(), .region = call.region};
  query.limit = static_cast<int>(GetInt(call.input, "Limit", limit));
  query.page_token = GetString(call.input, "Marker");
  try {
    return store.List(query);
  } catch (const Error& error) {
    if (error.kind().code != kValidation.code) throw;
    ThrowInvalidMarker();
  }
}

JsonObject PageOf(const wire::Call& call, const char* member, const std::vector<ListedItem>& items, std::size_t limit) {
  limit = static_cast<std::size_t>(GetInt(call.input, "Limit", static_cast<std::int64_t>(limit)));
  std::string after;
  const std::string marker = GetString(call.input, "Marker");
  if (!FromHex(marker, after)) ThrowInvalidMarker();
  JsonObject out{{"Truncated", false}};
  JsonArray page;
  std::string last;
  for (const auto& [id, shown] : items) {
    if (!after.empty() && id <= after) continue;
    if (page.size() == limit) {
      out["Truncated"] = true;
      out["NextMarker"] = ToHex(last);
      break;
    }
    page.push_back(shown);
    last = id;
  }
  out[member] = std::move(page);
  return out;
}

}  // namespace sagebrush::keys
