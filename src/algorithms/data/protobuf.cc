#include "algorithms/data/protobuf.h"

#include <cstring>

#include "algorithms/algorithm.h"

namespace sagebrush::algorithms {
namespace {

[[noreturn]] void Refuse() { throw Error(kClientError, "the record is not a protobuf message, or is cut off"); }

std::uint64_t TakeFixed(std::string_view& text, std::size_t size) {
  if (text.size() < size) Refuse();
  std::uint64_t value = 0;
  std::memcpy(&value, text.data(), size);  // Little-endian, as the machine.
  text.remove_prefix(size);
  return value;
}

}  // namespace

std::uint64_t ProtobufFields::TakeVarint(std::string_view& text) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (text.empty()) Refuse();
    const auto byte = static_cast<std::uint8_t>(text.front());
    text.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  Refuse();
}

bool ProtobufFields::Next() {
  if (rest_.empty()) return false;
  const std::uint64_t tag = TakeVarint(rest_);
  number_ = static_cast<std::uint32_t>(tag >> 3);
  wire_type_ = static_cast<std::uint32_t>(tag & 7);
  bytes_ = {};
  integer_ = 0;
  switch (wire_type_) {
    case 0:
      integer_ = TakeVarint(rest_);
      return true;
    case 1:
      integer_ = TakeFixed(rest_, 8);
      return true;
    case 2: {
      const std::uint64_t length = TakeVarint(rest_);
      if (length > rest_.size()) Refuse();
      bytes_ = rest_.substr(0, length);
      rest_.remove_prefix(length);
      return true;
    }
    case 5:
      integer_ = TakeFixed(rest_, 4);
      return true;
    default:
      Refuse();
  }
}

}  // namespace sagebrush::algorithms
