// links: events
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "events/event_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const std::size_t cut = text.find('\n');
  try {
    const sagebrush::events::EventPattern pattern(text.substr(0, cut));
    pattern.Matches(sagebrush::ParseJson(cut == std::string::npos
                                             ? R"({"source": "a", "detail": {"b": [1, "x", null, {"c": true}]}})"
                                             : text.substr(cut + 1)));
  } catch (const sagebrush::Error&) {
  }
  return 0;
}
