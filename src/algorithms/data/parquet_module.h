#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace sagebrush::algorithms {

// Receives a Parquet file's table. Between the program and libsagebrush-parquet.so, which alone knows Arrow.
class ParquetSink {
 public:
  virtual ~ParquetSink() = default;
  // Once, first. False: stop reading; the sink knows why.
  virtual bool Begin(std::size_t rows, std::size_t columns) = 0;
  // Some rows of one column, from row `first` on; NaN where null. False as above.
  virtual bool Values(std::size_t column, std::size_t first, std::span<const float> values) = 0;
};

// Why a file is refused whose metadata and contents differ.
inline constexpr char kOtherRows[] = "is damaged: it says to have other rows than it has";

// The module's one entry. Leaves `reason` empty on success, else what is wrong with the file. Does not throw.
using ReadParquetFile = void (*)(const char* path, ParquetSink& sink, std::string& reason);
inline constexpr char kReadParquetFile[] = "SagebrushReadParquetFile";

}  // namespace sagebrush::algorithms
