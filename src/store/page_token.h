#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "store/store.h"

namespace sagebrush::store {

// Where a page ended: the sort value and the name of its last resource.
struct PagePosition {
  std::variant<std::int64_t, std::string>
      sort_value;  // A time in milliseconds, or a state or attribute; unused when sorted by name.
  std::string name;
};

PagePosition PositionOf(const Outline& outline, const ListQuery& query);

// Makes and reads page tokens. A token is opaque, cannot be made up without the key, and works only for a query with
// the same conditions and order as the one that returned it; the limit may differ.
class PageTokens {
 public:
  explicit PageTokens(std::string key) : key_(std::move(key)) {}

  std::string Seal(const ListQuery& query, const PagePosition& position) const;
  // Throws Error(kValidation) when `query.page_token` is not a token for `query`.
  PagePosition Open(const ListQuery& query) const;

 private:
  std::string Tag(const ListQuery& query, std::string_view position) const;

  std::string key_;
};

}  // namespace sagebrush::store
