// links: algorithms
// Parquet files from anywhere. Arrow itself is not instrumented: what is checked is what we make of its answers.
#include <fcntl.h>

#include <cstdint>
#include <string_view>

#include "algorithms/algorithm.h"
#include "algorithms/data/parquet.h"
#include "base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush;
  if (size == 0 || size > 4096) return 0;  // A larger one may ask for more memory than a target has.
  static const TemporaryDirectory directory;
  const Path files[] = {directory.path() / "part-0.parquet"};
  WriteAll(OpenFile(files[0], O_WRONLY | O_CREAT | O_TRUNC).get(), {reinterpret_cast<const char*>(data) + 1, size - 1});
  try {
    const auto read = algorithms::ReadParquet(files, (data[0] & 1) != 0);
    if (read.features.values.size() != read.features.rows * read.features.columns) __builtin_trap();
  } catch (const Error& error) {
    if (error.kind().code != algorithms::kClientError.code) __builtin_trap();
  }
  return 0;
}
