// links: serving
// The model server's own HTTP: a head stays inside its buffer, a body inside its limit.
#include <cstdint>
#include <string_view>

#include "serving/http_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush::serving;
  constexpr std::size_t kBodyBytesMax = 4096;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto head = ParseHead(bytes);
    if (!head) return 0;
    if (head->size > bytes.size()) __builtin_trap();
    bytes.remove_prefix(head->size);
    ChunkedBody body(kBodyBytesMax);
    while (!body.done()) {
      const std::size_t taken = body.Feed(bytes.substr(0, 7));
      if (taken > bytes.size() || body.body().size() > kBodyBytesMax) __builtin_trap();
      if (taken == 0) return 0;
      bytes.remove_prefix(taken);
    }
  } catch (const HttpError&) {
  }
  return 0;
}
