// links: wire
#include <cstddef>
#include <cstdint>
#include <string>

#include "wire/protocol.h"

using namespace sagebrush;
using namespace sagebrush::wire;

// Any bytes as the form of a request to IAM.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  HttpRequest request{.method = "POST", .target = "/"};
  request.headers.Add("content-type", "application/x-www-form-urlencoded");
  request.body.assign(reinterpret_cast<const char*>(data), size);
  const Route route = RecogniseService(request, "iam");
  try {
    const Route found = FindRouteAsSigned(request, "iam");
    CheckInput(*found.operation, ReadInput(found, request));
  } catch (const Error& error) {
    WriteError(route, request, error, "id");
  }
  return 0;
}
