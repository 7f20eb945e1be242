// links: base
#include <cstdint>

#include "base/file.h"
#include "base/line_file.h"

// Any bytes are read without harm, and a writer that opens them appends a line that can be read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sagebrush::TemporaryDirectory directory;
  const sagebrush::Path path = directory.path() / "lines";
  sagebrush::WriteFileDurably(path, {reinterpret_cast<const char*>(data), size});
  std::size_t before = 0;
  sagebrush::ReadLines(path, 0, [&](const sagebrush::LogLine&) { return ++before, true; });
  sagebrush::LineFileWriter(path).Append({1}, {2}, "after");
  std::size_t after = 0;
  sagebrush::ReadLines(path, 0, [&](const sagebrush::LogLine&) { return ++after, true; });
  if (after != before + 1) __builtin_trap();
  return 0;
}
