// links: runtime
#include <cstdint>

#include "base/text.h"
#include "runtime/line_splitter.h"

// Any output, in any pieces, gives lines that are not empty, not too long, and valid UTF-8.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sagebrush::runtime::LineSplitter;
  LineSplitter splitter([](std::string_view line) {
    if (line.empty() || line.size() > LineSplitter::kLineSizeMax) __builtin_trap();
    if (sagebrush::Legible(line) != line) __builtin_trap();
  });
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::int64_t now = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t length = 1 + static_cast<unsigned char>(text[begin]) % 64;
    splitter.Feed(text.substr(begin, length), now);
    splitter.Tick(now);
    begin += length;
    now += static_cast<std::int64_t>(length) * 10;
  }
  splitter.Finish();
  return 0;
}
