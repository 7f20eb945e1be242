#include "secrets/filters.h"

#include <algorithm>

#include "base/text.h"
#include "secrets/secret.h"
#include "secrets/secret_errors.h"

namespace sagebrush::secrets {
namespace {

using SortBy = store::ListQuery::SortBy;

SortBy OrderIn(const Json& input) {
  const std::string order = GetString(input, "SortBy", "created-date");
  if (order == "last-accessed-date")
    throw Error(kInvalidParameter, "The SortBy last-accessed-date is refused: reads of secrets are not counted.");
  if (order == "name") return SortBy::kName;
  return order == "last-changed-date" ? SortBy::kModified : SortBy::kCreated;
}

bool BeginsIgnoringCase(std::string_view text, std::string_view begin) {
  return text.size() >= begin.size() && EqualsIgnoringCase(text.substr(0, begin.size()), Lower(begin));
}

std::vector<std::string> TagTexts(const store::Resource& secret, const char* member) {
  std::vector<std::string> texts;
  for (const Json& tag : secret.spec.at("Tags").as_array()) texts.push_back(GetString(tag, member));
  return texts;
}

bool AnyBeginsWith(const std::vector<std::string>& texts, std::string_view begin) {
  return std::ranges::any_of(texts, [&](const std::string& text) { return text.starts_with(begin); });
}

// Each word of `value`, in whatever the secret says of itself.
bool ContainsAllWords(const store::Resource& secret, std::string_view value) {
  std::string whole = secret.key.name + "\n" + GetString(secret.spec, "Description");
  for (const char* member : {"Key", "Value"}) {
    for (const std::string& text : TagTexts(secret, member)) whole += "\n" + text;
  }
  whole = Lower(whole);
  std::size_t at = 0;
  while (at < value.size()) {
    const std::size_t end = std::min(value.find(' ', at), value.size());
    if (whole.find(Lower(value.substr(at, end - at))) == std::string::npos) return false;
    at = end + 1;
  }
  return true;
}

// docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
bool Has(const store::Resource& secret, std::string_view key, std::string_view value) {
  if (key == "name") return secret.key.name.starts_with(value);
  if (key == "description") return BeginsIgnoringCase(GetString(secret.spec, "Description"), value);
  if (key == "tag-key") return AnyBeginsWith(TagTexts(secret, "Key"), value);
  if (key == "tag-value") return AnyBeginsWith(TagTexts(secret, "Value"), value);
  if (key == "primary-region") return secret.key.region.starts_with(value);
  return key == "all" && ContainsAllWords(secret, value);  // No service owns one.
}

bool FitsOne(const store::Resource& secret, const Json& filter) {
  const std::string key = GetString(filter, "Key");
  const Json* const values = Find(filter, "Values");
  if (values == nullptr) return true;
  return std::ranges::any_of(values->as_array(), [&](const Json& value) {
    const std::string_view text = value.as_string();
    return text.starts_with('!') ? !Has(secret, key, text.substr(1)) : Has(secret, key, text);
  });
}

}  // namespace

store::Page PageOfSecrets(const store::Reader& store, const wire::Call& call, std::int64_t limit) {
  store::ListQuery query{.kind = kSecretKind, .account = call.account(), .region = call.region};
  query.sort_by = OrderIn(call.input);
  query.descending = GetString(call.input, "SortOrder", "desc") == "desc";
  query.limit = static_cast<int>(GetInt(call.input, "MaxResults", limit));
  query.page_token = GetString(call.input, "NextToken");
  try {
    return store.List(query);
  } catch (const Error& error) {
    if (error.kind().code != kValidation.code) throw;
    throw Error(kInvalidNextToken, "The NextToken is not one that this list has returned.");
  }
}

bool FitsFilters(const store::Resource& secret, const wire::Call& call) {
  const Json* const filters = Find(call.input, "Filters");
  return filters == nullptr ||
         std::ranges::all_of(filters->as_array(), [&](const Json& filter) { return FitsOne(secret, filter); });
}

}  // namespace sagebrush::secrets
