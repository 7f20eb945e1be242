#include "select/timestamp_format.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "select/select_errors.h"

namespace sagebrush::select {
namespace {

// docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-date.html. Times are in UTC: its offset is Z.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kSymbols{{
    {"yy", "%y"},   {"y", "%Y"},      {"yyyy", "%Y"}, {"M", "%-m"}, {"MM", "%m"}, {"MMM", "%b"},
    {"MMMM", "%B"}, {"d", "%-d"},     {"dd", "%d"},   {"a", "%p"},  {"h", "%-I"}, {"hh", "%I"},
    {"H", "%-H"},   {"HH", "%H"},     {"m", "%-M"},   {"mm", "%M"}, {"s", "%-S"}, {"ss", "%S"},
    {"SSS", "%g"},  {"SSSSSS", "%f"}, {"X", "Z"},     {"XX", "Z"},  {"XXX", "Z"}, {"x", "+00"},
}};

}  // namespace

std::string ToStrftime(std::string_view pattern) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\'') {  // Text as it stands.
      const std::size_t end = pattern.find('\'', at + 1);
      if (end == std::string_view::npos) {
        throw Error(kEvaluatorInvalidTimestampFormatPattern, "The timestamp format pattern has an open quote.");
      }
      for (const char each : pattern.substr(at + 1, end - at - 1)) out += each == '%' ? "%%" : std::string(1, each);
      at = end + 1;
      continue;
    }
    if (Lower(c) < 'a' || Lower(c) > 'z') {
      out += c == '%' ? "%%" : std::string(1, c);
      ++at;
      continue;
    }
    const std::size_t end = std::min(pattern.find_first_not_of(c, at), pattern.size());
    const std::string_view symbol = pattern.substr(at, end - at);
    const auto* const found =
        std::find_if(kSymbols.begin(), kSymbols.end(), [&](const auto& each) { return each.first == symbol; });
    if (found == kSymbols.end()) {
      throw Error(kEvaluatorInvalidTimestampFormatPattern,
                  fmt::format("The timestamp format pattern has a symbol that is not supported: {}.", symbol));
    }
    out += found->second;
    at = end;
  }
  return out;
}

}  // namespace sagebrush::select
