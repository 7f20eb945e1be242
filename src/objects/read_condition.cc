#include "objects/read_condition.h"

#include <string_view>

namespace sagebrush::objects {
namespace {

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool ListsEtag(std::string_view list, std::string_view etag) {
  while (true) {
    const std::size_t comma = list.find(',');
    std::string_view entry = Trimmed(list.substr(0, comma));
    if (entry.starts_with("W/")) entry.remove_prefix(2);
    if (entry.size() >= 2 && entry.front() == '"' && entry.back() == '"') entry = entry.substr(1, entry.size() - 2);
    if (entry == "*" || entry == etag) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

// HTTP dates have no fractions.
std::int64_t WholeSeconds(Time time) { return time.milliseconds / 1000; }

}  // namespace

ReadVerdict Evaluate(const ReadCondition& condition, const Object& object) {
  const std::int64_t modified = WholeSeconds(object.modified);
  if (condition.if_match) {
    if (!ListsEtag(*condition.if_match, object.etag)) return {ReadOutcome::kFailed, "If-Match"};
  } else if (condition.if_unmodified_since && modified > WholeSeconds(*condition.if_unmodified_since)) {
    return {ReadOutcome::kFailed, "If-Unmodified-Since"};
  }
  if (condition.if_none_match) {
    if (ListsEtag(*condition.if_none_match, object.etag)) return {ReadOutcome::kNotModified, "If-None-Match"};
  } else if (condition.if_modified_since && modified <= WholeSeconds(*condition.if_modified_since)) {
    return {ReadOutcome::kNotModified, "If-Modified-Since"};
  }
  return {};
}

bool HoldsForRange(std::string_view if_range, const Object& object) {
  // The comparison is a strong one: W/"..." never holds.
  const std::string_view validator = Trimmed(if_range);
  return validator == '"' + object.etag + '"' || validator == ToHttpDate(object.modified);
}

}  // namespace sagebrush::objects
