// links: wire
#include <cstddef>
#include <cstdint>
#include <string>

#include "wire/cbor_protocol.h"
#include "wire/protocol.h"

using namespace sagebrush;
using namespace sagebrush::wire;

// Reads any bytes as a PutMetricData request, and what was read again: it must come back the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Shape shape = FindService("cloudwatch")->FindOperation("PutMetricData")->input();
  try {
    const Json read = ReadCborBody(shape, {reinterpret_cast<const char*>(data), size});
    std::string bytes;
    AppendCborBody(shape, read, bytes);
    std::string again;
    AppendCborBody(shape, ReadCborBody(shape, bytes), again);
    if (again != bytes) __builtin_trap();
  } catch (const Error&) {
  }
  return 0;
}
