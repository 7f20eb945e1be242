#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sagebrush::objects {

// Bytes [offset, offset + length) of an object.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

// The one range that a Range header asks for, of an object of `size` bytes. nullopt: none that has to be honoured (no
// or several ranges, another unit, malformed): the whole object is sent. Throws Error(kInvalidRange) when no byte of
// the object is in it.
std::optional<ByteRange> ParseRange(std::string_view header, std::uint64_t size);

// "bytes=first-last" within `size`, as copying needs it. Throws Error(kInvalidArgument) for anything else.
ByteRange ParseCopyRange(std::string_view header, std::uint64_t size);

}  // namespace sagebrush::objects
