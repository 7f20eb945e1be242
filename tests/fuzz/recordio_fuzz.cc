// links: algorithms
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "algorithms/data/recordio.h"
#include "base/error.h"

// The first byte chooses whether labels are needed; the rest is the stream.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush::algorithms;
  if (size == 0) return 0;
  const NamedText streams[] = {{"fuzz", std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1)}};
  try {
    const Dataset read = ReadRecords(streams, (data[0] & 1) != 0 ? Labels::kRequired : Labels::kOptional);
    const Features& features = read.features;
    if (features.sparse() ? features.offsets.size() != features.rows + 1
                          : features.values.size() != features.rows * features.columns) {
      __builtin_trap();
    }
  } catch (const sagebrush::Error&) {
  }
  return 0;
}
