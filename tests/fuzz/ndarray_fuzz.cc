// links: algorithms
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "algorithms/data/ndarray_file.h"
#include "base/error.h"

// A model file of MXNet's arrays: what is read is written back as it was read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush::algorithms;
  try {
    const auto arrays = ReadNdArrays({reinterpret_cast<const char*>(data), size});
    const auto again = ReadNdArrays(WriteNdArrays(arrays));
    if (again.size() != arrays.size()) __builtin_trap();
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      if (again[i].shape != arrays[i].shape || again[i].values.size() != arrays[i].values.size()) __builtin_trap();
    }
  } catch (const sagebrush::Error&) {
  }
  return 0;
}
