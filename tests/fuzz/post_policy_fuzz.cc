// links: web
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "try.h"
#include "web/post_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Try([&] { web::CheckPostPolicy(text, {{"key", "k"}, {"acl", "private"}}, "bucket", Time{}); });
  return 0;
}
