// links: algorithms
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "algorithms/data/csv.h"
#include "base/error.h"

// The first byte chooses the format; the rest is the text. Reading must end in rows or in an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sagebrush::algorithms;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  CsvFormat format{
      .delimiter = DetectDelimiter(FirstLine(text)), .label = (data[0] & 1) != 0, .weights = (data[0] & 2) != 0};
  if (format.delimiter == '\0') format.delimiter = ',';
  const NamedText texts[] = {{"fuzz", text}};
  try {
    const Dataset read = ReadCsv(texts, format, 1);
    if (read.features.values.size() != read.features.rows * read.features.columns) __builtin_trap();
  } catch (const sagebrush::Error&) {
  }
  return 0;
}
