// links: identity
// A token and a key set from the fuzzer: they are refused with an Error, or nobody signed the one with the other.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "identity/json_web_token.h"

using namespace sagebrush;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  std::vector<identity::JsonWebKey> keys;
  try {
    keys = identity::ReadKeySet(text.substr(std::min(line + 1, text.size())));
  } catch (const Error&) {
  }
  try {
    const auto token = identity::JsonWebToken::Read(text.substr(0, line));
    token.IsSignedBy(keys);
    if (token.algorithm == "none" && token.IsSignedBy(keys)) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
