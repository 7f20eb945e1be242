// links: algorithms
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "algorithms/data/libsvm.h"
#include "base/error.h"

// The first byte chooses whether there are labels; the rest is the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush::algorithms;
  if (size == 0) return 0;
  const NamedText texts[] = {{"fuzz", std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1)}};
  try {
    const Dataset read = ReadLibsvm(texts, (data[0] & 1) != 0, 1);
    if (read.features.offsets.size() != read.features.rows + 1) __builtin_trap();
    if (read.features.offsets.back() != read.features.values.size()) __builtin_trap();
  } catch (const sagebrush::Error&) {
  }
  return 0;
}
