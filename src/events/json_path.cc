#include "events/json_path.h"

#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::events {
namespace {

[[noreturn]] void ThrowInvalidPath(const std::string& text) {
  throw Error(kValidation,
              fmt::format("{} is no JSON path of this server: give $, and then .name, [number] or ['name'] "
                          "for each step.",
                          text));
}

bool IsOfName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

JsonPath::JsonPath(const std::string& text) {
  std::string_view rest = text;
  if (!rest.starts_with('$')) ThrowInvalidPath(text);
  rest.remove_prefix(1);
  while (!rest.empty()) {
    if (rest.starts_with("['")) {
      const std::size_t end = rest.find("']", 2);
      if (end == std::string_view::npos || end == 2) ThrowInvalidPath(text);
      steps_.emplace_back(std::string(rest.substr(2, end - 2)));
      rest.remove_prefix(end + 2);
    } else if (rest.starts_with('[')) {
      const std::size_t end = rest.find(']');
      std::size_t number = 0;
      if (end == std::string_view::npos) ThrowInvalidPath(text);
      const auto read = std::from_chars(rest.data() + 1, rest.data() + end, number);
      if (read.ec != std::errc() || read.ptr != rest.data() + end) ThrowInvalidPath(text);
      steps_.emplace_back(number);
      rest.remove_prefix(end + 1);
    } else {
      std::size_t end = 1;
      while (end < rest.size() && IsOfName(rest[end])) ++end;
      if (!rest.starts_with('.') || end == 1) ThrowInvalidPath(text);
      steps_.emplace_back(std::string(rest.substr(1, end - 1)));
      rest.remove_prefix(end);
    }
  }
}

const Json* JsonPath::In(const Json& document) const {
  const Json* at = &document;
  for (const auto& step : steps_) {
    if (const auto* const name = std::get_if<std::string>(&step)) {
      at = at->is_object() ? at->get_object().if_contains(*name) : nullptr;
    } else {
      at = at->is_array() ? at->get_array().if_contains(std::get<std::size_t>(step)) : nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace sagebrush::events
