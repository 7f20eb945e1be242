// links: wire
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "wire/http_parser.h"

// The first byte chooses request or response and the size of the pieces in which the rest arrives.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sagebrush::wire::HttpParser;
  if (size == 0) return 0;
  HttpParser parser(data[0] & 1 ? HttpParser::Kind::kRequest : HttpParser::Kind::kResponse);
  const std::size_t piece = 1 + (data[0] >> 1) % 64;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string body;
  try {
    std::size_t begin = 0;
    for (std::size_t end = 0; begin < bytes.size();) {
      const std::size_t taken = parser.Put(bytes.substr(begin, end - begin), body);
      if (taken > end - begin || body.size() > bytes.size()) __builtin_trap();
      begin += taken;
      if (parser.done()) {
        parser.Reset();
        body.clear();
      } else if (taken == 0) {
        if (end == bytes.size()) break;
        end = std::min(bytes.size(), end + piece);
      }
    }
    parser.PutEnd();
  } catch (const sagebrush::Error&) {
  }
  return 0;
}
