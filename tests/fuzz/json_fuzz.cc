// links: base
// What is read is written as text that reads back to the same text.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  try {
    const std::string text = ToText(ParseJson({reinterpret_cast<const char*>(data), size}));
    if (ToText(ParseJson(text)) != text) __builtin_trap();
  } catch (const Error& error) {
    if (error.kind().code != kValidation.code) __builtin_trap();
  }
  return 0;
}
