// links: wire
// A request whose head comes from the fuzzer: reading and checking its signature ends in a result or an Error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "wire/sigv4.h"

using namespace sagebrush;

namespace {
std::string_view TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  wire::HttpRequest request;
  request.method = TakeLine(text);
  request.target = TakeLine(text);
  for (std::string_view line = TakeLine(text); !line.empty(); line = TakeLine(text)) {
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) request.headers.Add(line.substr(0, colon), line.substr(colon + 1));
  }
  request.body = text;
  try {
    const auto signature = wire::ReadSignature(request);
    wire::CheckBody(request);
    if (signature) wire::CheckSignature(request, *signature, "secret", signature->signed_at);
  } catch (const Error&) {
  }
  return 0;
}
