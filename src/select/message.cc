#include "select/message.h"

#include "select/select_errors.h"

namespace sagebrush::select {
namespace {

constexpr std::size_t kHeadBytes = 5;
constexpr std::string_view kKinds = "BRPDF";

}  // namespace

void AppendMessage(Message::Kind kind, std::string_view payload, std::string& out) {
  out += static_cast<char>(kind);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift);
  out += payload;
}

std::optional<Message> MessageReader::Next() {
  if (bytes_.size() < kHeadBytes) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 1; i < kHeadBytes; ++i) size = size << 8 | static_cast<unsigned char>(bytes_[i]);
  if (kKinds.find(bytes_[0]) == std::string_view::npos || size > kMessageBytesMax) {
    throw Error(kInternalError, "sagebrush-select said something that is no message.");
  }
  if (bytes_.size() - kHeadBytes < size) return std::nullopt;
  Message out{static_cast<Message::Kind>(bytes_[0]), bytes_.substr(kHeadBytes, size)};
  bytes_.erase(0, kHeadBytes + size);
  return out;
}

}  // namespace sagebrush::select
