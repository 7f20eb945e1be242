// links: gateway sagemaker inference events reconcile telemetry identity objects runtime store wire
// Any request to any operation of the server, sent by an account's root: the service's signing name, then method and
// target, header lines, an empty line and the body. No reply may be a failure of the server's own, for that is what
// clients are told of what nobody thought of. What requests make stays for those after them, for a while.
#include <cstdint>
#include <string_view>

#include "whole_server.h"

namespace {
using namespace sagebrush;

std::string_view TakeTo(char end, std::string_view& text) {
  const std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int kRequestsMax = 5000;
  static std::unique_ptr<fuzz::WholeServer> server;
  static int requests = 0;
  if (requests++ % kRequestsMax == 0) {
    server.reset();
    server = std::make_unique<fuzz::WholeServer>();
  }
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view signing_name = TakeTo(' ', text);
  wire::HttpRequest request;
  request.method = TakeTo(' ', text);
  request.target = TakeTo('\n', text);
  request.headers.Add("host", "127.0.0.1:9000");
  for (std::string_view line = TakeTo('\n', text); !line.empty(); line = TakeTo('\n', text)) {
    const std::string_view name = TakeTo(':', line);
    request.headers.Add(name, line);
  }
  request.body = text;
  if (server->Answer(signing_name, std::move(request)).status == 500) __builtin_trap();
  return 0;
}
