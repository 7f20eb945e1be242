#pragma once

#include <string>
#include <string_view>

#include "base/text.h"
#include "store/store.h"

namespace sagebrush::store {

// The conditions of a list, asked of one resource after the other.
class ListMatch {
 public:
  // `query` outlives it.
  explicit ListMatch(const ListQuery& query) : query_(query), contains_(Lower(query.name_contains)) {}

  bool operator()(const Outline& outline) const { return (*this)(outline, Lower(outline.name)); }
  // `lower`: the name in lower case, for who has it already.
  bool operator()(const Outline& outline, std::string_view lower) const;

 private:
  const ListQuery& query_;
  const std::string contains_;
};

}  // namespace sagebrush::store
