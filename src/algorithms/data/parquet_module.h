#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sagebrush::algorithms {

// What a Parquet file says it holds.
struct ParquetContents {
  std::size_t rows = 0;
  std::vector<std::string> columns;  // The names of its top-level columns.
  std::string pandas;                // What pandas wrote about its table, JSON; empty: nothing.
};

// Receives a Parquet file's table. Between the program and libsagebrush-parquet.so, which alone knows Arrow.
class ParquetSink {
 public:
  virtual ~ParquetSink() = default;
  // Once, first. Returns the columns to read, by their place in the file; none: stop reading, the sink knows why.
  virtual std::vector<int> Begin(const ParquetContents& contents) = 0;
  // Some rows of one column, given by its place in the file, from row `first` on; NaN where null. False as above.
  virtual bool Values(int column, std::size_t first, std::span<const float> values) = 0;
};

// Why a file is refused whose metadata and contents differ.
inline constexpr char kOtherRows[] = "is damaged: it says to have other rows than it has";

// The module's one entry. Takes at most `memory_bytes_max` at a time for what the file holds, whatever sizes it
// declares. Leaves `reason` empty on success, else what is wrong with the file. Does not throw.
using ReadParquetFile = void (*)(const char* path, std::int64_t memory_bytes_max, ParquetSink& sink,
                                 std::string& reason);
inline constexpr char kReadParquetFile[] = "SagebrushReadParquetFile";

}  // namespace sagebrush::algorithms
