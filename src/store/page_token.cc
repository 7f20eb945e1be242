#include "store/page_token.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "base/error.h"

namespace sagebrush::store {
namespace {

constexpr std::size_t kTagSize = 16;

Json TimeOrNull(const std::optional<Time>& time) { return time ? Json(time->milliseconds) : Json(nullptr); }

// All that decides which resources a query finds and in which order.
std::string ShapeOf(const ListQuery& query) {
  JsonArray states;
  for (const std::string& state : query.states) states.emplace_back(state);
  return ToText(JsonArray{query.kind, query.account, query.region, query.name_contains, query.name_prefix,
                          std::move(states), TimeOrNull(query.created_after), TimeOrNull(query.created_before),
                          TimeOrNull(query.modified_after), TimeOrNull(query.modified_before),
                          static_cast<int>(query.sort_by), query.descending, query.where_text, query.sort_attribute});
}

// The key outlives a version of the program, so what bears its tag may still have another form.
PagePosition PositionFrom(const Json& parsed) {
  const JsonArray* parts = parsed.if_array();
  if (parts == nullptr || parts->size() != 2 || !(*parts)[1].is_string())
    throw Error(kValidation, "Invalid NextToken.");
  const Json& sort_value = (*parts)[0];
  PagePosition position{.sort_value = {}, .name = std::string((*parts)[1].get_string())};
  if (sort_value.is_string()) {
    position.sort_value = std::string(sort_value.get_string());
  } else if (sort_value.is_int64()) {
    position.sort_value = sort_value.get_int64();
  } else {
    throw Error(kValidation, "Invalid NextToken.");
  }
  return position;
}

}  // namespace

std::string PageTokens::Tag(const ListQuery& query, std::string_view position) const {
  std::string text = ShapeOf(query);
  text += '\n';
  text += position;
  const auto tag = HmacSha256(key_, text);
  return std::string(reinterpret_cast<const char*>(tag.data()), kTagSize);
}

PagePosition PositionOf(const Outline& outline, const ListQuery& query) {
  const std::string name(outline.name);
  switch (query.sort_by) {
    case ListQuery::SortBy::kCreated:
      return {outline.created.milliseconds, name};
    case ListQuery::SortBy::kModified:
      return {outline.modified.milliseconds, name};
    case ListQuery::SortBy::kState:
      return {std::string(outline.state), name};
    case ListQuery::SortBy::kAttribute:
      return {std::string(outline.ValueOf(query.sort_attribute)), name};
    case ListQuery::SortBy::kName:
      break;
  }
  return {0, name};
}

std::string PageTokens::Seal(const ListQuery& query, const PagePosition& position) const {
  const std::string text =
      ToText(JsonArray{std::visit([](const auto& value) { return Json(value); }, position.sort_value), position.name});
  return ToBase64(Tag(query, text) + text);
}

PagePosition PageTokens::Open(const ListQuery& query) const {
  std::string bytes;
  if (!FromBase64(query.page_token, bytes) || bytes.size() < kTagSize) throw Error(kValidation, "Invalid NextToken.");
  const std::string text = bytes.substr(kTagSize);
  if (Tag(query, text) != bytes.substr(0, kTagSize)) {
    throw Error(kValidation, "Invalid NextToken: it was not returned for these filters and this sort order.");
  }
  return PositionFrom(ParseJson(text));
}

}  // namespace sagebrush::store
