#include "objects/byte_range.h"

#include <charconv>
#include <string>

#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

std::optional<std::uint64_t> Number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Bounds {
  std::optional<std::uint64_t> first, last;  // Only `last`: that many bytes at the end.
};

std::optional<Bounds> ReadBounds(std::string_view header) {
  if (!header.starts_with("bytes=")) return std::nullopt;
  header.remove_prefix(6);
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first = header.substr(0, dash), last = header.substr(dash + 1);
  Bounds bounds{Number(first), Number(last)};
  if ((!first.empty() && !bounds.first) || (!last.empty() && !bounds.last)) return std::nullopt;
  if (!bounds.first && !bounds.last) return std::nullopt;
  if (bounds.first && bounds.last && *bounds.first > *bounds.last) return std::nullopt;
  return bounds;
}

}  // namespace

std::optional<ByteRange> ParseRange(std::string_view header, std::uint64_t size) {
  const auto bounds = ReadBounds(header);
  if (!bounds) return std::nullopt;
  const bool suffix = !bounds->first;
  if (size == 0 || (suffix ? *bounds->last == 0 : *bounds->first >= size)) {
    throw Error(kInvalidRange, "The requested range is not satisfiable",
                JsonObject{{"RangeRequested", header}, {"ActualObjectSize", size}});
  }
  if (suffix) {
    const std::uint64_t length = std::min(*bounds->last, size);
    return ByteRange{size - length, length};
  }
  const std::uint64_t last = std::min(bounds->last.value_or(size - 1), size - 1);
  return ByteRange{*bounds->first, last - *bounds->first + 1};
}

ByteRange ParseCopyRange(std::string_view header, std::uint64_t size) {
  const auto bounds = ReadBounds(header);
  if (!bounds || !bounds->first || !bounds->last) {
    throw Error(kInvalidArgument,
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
                "zero-based offsets of the first and last bytes to copy",
                JsonObject{{"ArgumentName", "x-amz-copy-source-range"}, {"ArgumentValue", header}});
  }
  if (*bounds->last >= size) {
    throw Error(kInvalidArgument, fmt::format("Range specified is not valid for source object of size: {}", size),
                JsonObject{{"ArgumentName", "x-amz-copy-source-range"}, {"ArgumentValue", header}});
  }
  return {*bounds->first, *bounds->last - *bounds->first + 1};
}

}  // namespace sagebrush::objects
