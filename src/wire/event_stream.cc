#include "wire/event_stream.h"

#include <cstdint>

#include "base/crc.h"

namespace sagebrush::wire {
namespace {

constexpr char kStringValue = 7;
constexpr std::size_t kPreludeBytes = 12;  // Both lengths and their CRC.
constexpr std::size_t kCrcBytes = 4;

void AppendNumber(std::uint64_t value, int bytes, std::string& out) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}

}  // namespace

std::string EventMessage(const EventHeaders& headers, std::string_view payload) {
  std::string coded;
  for (const auto& [name, value] : headers) {
    AppendNumber(name.size(), 1, coded);
    coded += name;
    coded += kStringValue;
    AppendNumber(value.size(), 2, coded);
    coded += value;
  }
  std::string out;
  const std::size_t total = kPreludeBytes + coded.size() + payload.size() + kCrcBytes;
  out.reserve(total);
  AppendNumber(total, 4, out);
  AppendNumber(coded.size(), 4, out);
  AppendNumber(Crc32(0, out), 4, out);
  out += coded;
  out += payload;
  AppendNumber(Crc32(0, out), 4, out);
  return out;
}

std::string PayloadEvent(std::string_view event, std::string_view payload) {
  return EventMessage(
      {{":message-type", "event"}, {":event-type", event}, {":content-type", "application/octet-stream"}}, payload);
}

std::string ExceptionEvent(std::string_view exception, std::string_view document) {
  return EventMessage(
      {{":message-type", "exception"}, {":exception-type", exception}, {":content-type", "application/json"}},
      document);
}

}  // namespace sagebrush::wire
