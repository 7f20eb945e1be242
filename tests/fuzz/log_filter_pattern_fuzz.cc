// links: telemetry
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "telemetry/log_filter_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const std::size_t cut = text.find('\n');
  try {
    const sagebrush::telemetry::LogFilterPattern pattern(text.substr(0, cut));
    pattern.Matches(cut == std::string::npos ? R"({"a": {"b": [1, "x", null]}})" : text.substr(cut + 1));
  } catch (const sagebrush::Error&) {
  }
  return 0;
}
