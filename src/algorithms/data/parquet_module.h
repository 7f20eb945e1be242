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

// Receives rows of a Parquet file. Between the program and libsagebrush-parquet.so, which alone knows Arrow.
class ParquetSink {
 public:
  virtual ~ParquetSink() = default;
  // Some rows of one column, given by its place in the file, from row `first` of those asked for on; NaN where null.
  // False: stop reading, the sink knows why.
  virtual bool Values(int column, std::size_t first, std::span<const float> values) = 0;
};

// An open Parquet file, read from the front.
class ParquetFile {
 public:
  virtual ~ParquetFile() = default;
  virtual const ParquetContents& contents() const = 0;
  // Gives the sink the next `rows` rows of some columns, column after column: those in the same order each time. Leaves
  // `reason` empty on success, else what is wrong with the file. Does not throw.
  virtual void Read(std::span<const int> columns, std::size_t rows, ParquetSink& sink, std::string& reason) = 0;
};

// Why a file is refused whose metadata and contents differ.
inline constexpr char kOtherRows[] = "is damaged: it says to have other rows than it has";

// The module's one entry. The file takes at most `memory_bytes_max` at a time for what it holds, whatever sizes it
// declares. nullptr: `reason` says what is wrong with it. Does not throw.
using OpenParquetFile = ParquetFile* (*)(const char* path, std::int64_t memory_bytes_max, std::string& reason);
inline constexpr char kOpenParquetFile[] = "SagebrushOpenParquetFile";

}  // namespace sagebrush::algorithms
