#include "store/list_match.h"

#include <algorithm>

namespace sagebrush::store {

bool ListMatch::operator()(const Outline& outline, std::string_view lower) const {
  const ListQuery& q = query_;
  return (contains_.empty() || lower.find(contains_) != std::string_view::npos) &&
         outline.name.starts_with(q.name_prefix) &&
         (q.states.empty() || std::ranges::find(q.states, outline.state) != q.states.end()) &&
         (!q.created_after || outline.created >= *q.created_after) &&
         (!q.created_before || outline.created < *q.created_before) &&
         (!q.modified_after || outline.modified >= *q.modified_after) &&
         (!q.modified_before || outline.modified < *q.modified_before) && (!q.where || q.where(outline));
}

}  // namespace sagebrush::store
