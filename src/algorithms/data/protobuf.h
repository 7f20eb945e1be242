#pragma once

#include <cstdint>
#include <string_view>

namespace sagebrush::algorithms {

// Walks the fields of one protobuf message in wire format. Use: while (fields.Next()) switch (fields.number()) ...
// Throws Error(kClientError) on bytes that are no message.
class ProtobufFields {
 public:
  explicit ProtobufFields(std::string_view message) : rest_(message) {}

  // False at the end of the message.
  bool Next();
  std::uint32_t number() const { return number_; }
  // What the field holds: its bytes when it is length-delimited, else empty.
  std::string_view bytes() const { return bytes_; }
  bool length_delimited() const { return wire_type_ == 2; }
  // Varint, or the little-endian bits of a fixed32 or fixed64 field.
  std::uint64_t integer() const { return integer_; }

  // Takes a varint off the front of `text`.
  static std::uint64_t TakeVarint(std::string_view& text);

 private:
  std::string_view rest_;
  std::string_view bytes_;
  std::uint64_t integer_ = 0;
  std::uint32_t number_ = 0;
  std::uint32_t wire_type_ = 0;
};

}  // namespace sagebrush::algorithms
