// links: objects
// A bucket's CORS and website configurations, which clients write, against a request of anybody.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "objects/cors.h"
#include "objects/website.h"
#include "try.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::string_view asked = text.substr(0, line);
  Try([&] {
    const Json configuration = ParseJson(text.substr(std::min(line + 1, text.size())));
    if (!configuration.is_object()) return;
    Try([&] { objects::CheckCors(configuration); });
    objects::AllowOrigin(configuration, {asked, "GET", {std::string(asked)}});
    objects::CheckWebsite(configuration);
    const objects::WebRequest request{.key = std::string(asked), .host = "b"};
    objects::RedirectBefore(configuration, request);
    objects::RedirectAfter(configuration, request, 404);
    objects::DocumentKey(configuration, asked);
  });
  return 0;
}
