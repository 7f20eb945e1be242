// links: keys
// What Decrypt is given as a ciphertext: it tells a key, or not; none that was made up opens.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "keys/ciphertext.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  static const SecretKey material = SecretKey::Random();
  static const Json context{{"a", "1"}};
  const std::string_view blob(reinterpret_cast<const char*>(data), size);
  const auto header = keys::ReadHeader(blob);
  if (!header) return 0;
  if (keys::DecryptText(material, blob, &context)) __builtin_trap();
  // The header is written as it was read.
  const auto again = keys::ReadHeader(keys::EncryptText(*header, material, "text", &context));
  if (!again || again->key_id != header->key_id || again->material_prefix != header->material_prefix) __builtin_trap();
  return 0;
}
