#include "wire/http.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"

namespace sagebrush::wire {

std::optional<std::string_view> Headers::Get(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (field == name) return value;
  }
  return std::nullopt;
}

std::string_view Headers::GetOr(std::string_view name, std::string_view fallback) const {
  return Get(name).value_or(fallback);
}

namespace {

bool IsNamed(const std::string& field, std::string_view name) { return EqualsIgnoringCase(name, field); }

}  // namespace

void Headers::Set(std::string_view name, std::string_view value) {
  if (!fields_.empty()) Remove(name);
  Add(name, value);
}

void Headers::Add(std::string_view name, std::string_view value) {
  if (fields_.empty()) fields_.reserve(12);  // What SDKs send, without moving the first ones four times.
  fields_.emplace_back(Lower(name), value);
}

void Headers::Join(std::string_view name, std::string_view value) {
  for (auto& [field, present] : fields_) {
    if (!IsNamed(field, name)) continue;
    present.append(",").append(value);
    return;
  }
  Add(name, value);
}

void Headers::Remove(std::string_view name) {
  std::erase_if(fields_, [name](const auto& field) { return IsNamed(field.first, name); });
}

std::string_view HttpRequest::Path() const { return std::string_view(target).substr(0, target.find('?')); }

std::string_view HttpRequest::QueryString() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view text, bool plus_is_space) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    out.emplace_back(UriDecode(pair.substr(0, equals), plus_is_space),
                     UriDecode(pair.substr(std::min(equals + 1, pair.size())), plus_is_space));
  }
  return out;
}

}  // namespace sagebrush::wire
