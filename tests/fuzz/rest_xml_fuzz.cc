// links: wire
#include <cstddef>
#include <cstdint>
#include <string>

#include "wire/protocol.h"

using namespace sagebrush;
using namespace sagebrush::wire;

// First line: method and target. Second line: Host. The rest: the body of a request to S3.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto take_line = [&] {
    const std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
  };
  HttpRequest request;
  const std::string first = take_line();
  request.method = first.substr(0, first.find(' '));
  request.target = first.size() > request.method.size() ? first.substr(request.method.size() + 1) : "/";
  request.headers.Add("host", take_line());
  request.body = std::string(text);
  const Route route = RecogniseService(request, "s3");
  try {
    const Route found = FindRouteAsSigned(request, "s3");
    CheckInput(*found.operation, ReadInput(found, request));
  } catch (const Error& error) {
    WriteError(route, request, error, "id");
  }
  return 0;
}
