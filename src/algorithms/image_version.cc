#include "algorithms/image_version.h"

#include <charconv>
#include <cstdlib>
#include <limits>

namespace sagebrush::algorithms {
namespace {

// Takes the number in front of `text` and the character behind it.
int TakeNumber(std::string_view& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(std::min(static_cast<std::size_t>(end - text.data()) + 1, text.size()));
  return error == std::errc() ? number : 0;
}

}  // namespace

ImageVersion ParseImageVersion(std::string_view tag) {
  if (tag == "1" || tag == "latest") return {0, 72, 0};
  if (tag.empty() || tag.front() < '0' || tag.front() > '9') return {std::numeric_limits<int>::max(), 0, 0};
  ImageVersion version;
  version.major = TakeNumber(tag);
  version.minor = TakeNumber(tag);
  version.revision = TakeNumber(tag);
  return version;
}

ImageVersion OwnImageVersion() {
  const char* tag = std::getenv("SAGEBRUSH_ALGORITHM_VERSION");
  return ParseImageVersion(tag != nullptr ? tag : "");
}

}  // namespace sagebrush::algorithms
