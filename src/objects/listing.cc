#include "objects/listing.h"

namespace sagebrush::objects {

std::string AfterPrefix(std::string_view prefix) {
  std::string after(prefix);
  while (!after.empty() && static_cast<unsigned char>(after.back()) == 0xff) after.pop_back();
  if (!after.empty()) after.back() = static_cast<char>(static_cast<unsigned char>(after.back()) + 1);
  return after;
}

std::string_view CommonPrefixOf(std::string_view key, std::string_view prefix, std::string_view delimiter) {
  if (delimiter.empty()) return {};
  const std::size_t end = key.find(delimiter, prefix.size());
  return end == std::string_view::npos ? std::string_view() : key.substr(0, end + delimiter.size());
}

std::string FirstKey(std::string_view prefix, std::string_view delimiter, std::string_view start_after) {
  if (start_after < prefix || start_after.empty()) return std::string(prefix);
  // A page that ended with a common prefix goes on behind all that is under it.
  if (start_after.starts_with(prefix) && CommonPrefixOf(start_after, prefix, delimiter) == start_after &&
      !delimiter.empty()) {
    return AfterPrefix(start_after);
  }
  return std::string(start_after) + '\0';
}

}  // namespace sagebrush::objects
