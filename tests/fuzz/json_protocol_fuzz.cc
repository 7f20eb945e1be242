// links: wire
#include <cstddef>
#include <cstdint>
#include <string>

#include "wire/protocol.h"

using namespace sagebrush;
using namespace sagebrush::wire;

// Reads any bytes as a CreateTrainingJob request, and what was read again: it must come back the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Service& service = *FindService("sagemaker");
  static const Route route{&service, service.FindOperation("CreateTrainingJob"), Protocol::kJson11};
  HttpRequest request{.method = "POST", .target = "/"};
  request.body.assign(reinterpret_cast<const char*>(data), size);
  try {
    const Json read = ReadInput(route, request);
    request.body = ToText(read);
    if (ReadInput(route, request) != read) __builtin_trap();
    CheckInput(*route.operation, read);
  } catch (const Error&) {
  }
  return 0;
}
