// links: objects
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "objects/segment_stream.h"

using namespace sagebrush;
using namespace sagebrush::objects;

namespace {

// Whatever the disk holds: a stream is read as what was written, or not at all.
const SecretKey& Key() {
  static const SecretKey key{std::string_view("0123456789abcdef0123456789abcdef")};
  return key;
}

const std::string& Text() {
  static const std::string text = [] {
    std::string bytes(2 * kSegmentSize + 5, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 >> 3);
    return bytes;
  }();
  return text;
}

const std::string& Stored() {
  static const std::string stored = [] {
    std::string bytes;
    SegmentEncryptor encryptor(Key(), "object", [&](std::string_view piece) { bytes += piece; });
    encryptor.Append(Text());
    encryptor.Finish();
    return bytes;
  }();
  return stored;
}

void Read(std::string_view stored, std::uint64_t size, bool may_be_good) {
  SegmentDecryptor decryptor(Key(), "object", stored.substr(0, kStreamHeaderSize), size);
  std::string text;
  for (std::uint64_t i = 0; i < decryptor.segments(); ++i) {
    text.resize(decryptor.TextSize(i));
    const std::size_t begin = std::min<std::size_t>(SegmentStoredBegin(i), stored.size());
    const std::string_view segment = stored.substr(begin, text.size() + GcmCipher::kTagSize);
    if (!decryptor.Decrypt(i, segment, text.data())) continue;
    const std::uint64_t at = SegmentTextBegin(i);
    if (!may_be_good || at > Text().size() || Text().compare(at, text.size(), text) != 0) __builtin_trap();
  }
}

}  // namespace

// The first bytes say what becomes of a good stream: bytes changed, pieces moved, cut off or added. The rest is a
// stream of its own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Read(bytes, size % 300'000, false);
  std::string changed = Stored();
  for (std::size_t i = 0; i + 6 <= bytes.size() && i < 60; i += 6) {
    const auto number = [&](std::size_t at) {
      return static_cast<std::size_t>(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);
    };
    const std::size_t at = changed.empty() ? 0 : number(i) % changed.size();
    switch (data[i + 3] % 4) {
      case 0:
        if (!changed.empty()) changed[at] = static_cast<char>(changed[at] ^ data[i + 4]);
        break;
      case 1:
        changed.resize(at);
        break;
      case 2:
        changed.insert(at, Stored(), number(i + 3) % Stored().size(), data[i + 5]);
        break;
      default:
        std::rotate(changed.begin(), changed.begin() + static_cast<std::ptrdiff_t>(at), changed.end());
    }
  }
  Read(changed, Text().size(), true);
  return 0;
}
