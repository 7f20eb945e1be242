#pragma once

#include <memory>
#include <span>

#include "algorithms/data/dataset.h"
#include "base/file.h"

namespace sagebrush::algorithms {

class ParquetFile;

// Reads Parquet files, some rows at a time: the first column of the first file is the label (with `label`), the rest
// are features; numbers, booleans and categories of numbers, nulls are missing values. Columns that pandas wrote as its
// index are left out. `names` are the columns to read, the label's first, where another channel has set them; empty:
// those of the first file. Every file must have them, in any order, and no others. The libraries for it are loaded with
// the first reader. Throws Error(kClientError) that names the file and column, also where a file declares more values
// than its size lets it hold, or than the memory does.
class ParquetReader {
 public:
  ParquetReader(std::span<const Path> files, bool label, std::span<const std::string> names = {});
  ~ParquetReader();
  // About `bytes` of the next rows, one at least; none when all are read.
  Dataset Next(std::size_t bytes);

 private:
  class Sink;
  void OpenNext();
  [[noreturn]] void Refuse(const std::string& reason) const;
  void CheckLabels(const Dataset& data);

  std::span<const Path> files_;
  const bool label_;
  std::vector<std::string> names_;
  std::size_t next_ = 0;               // Of the files, the one to open next.
  std::unique_ptr<ParquetFile> file_;  // Being read; nullptr: none.
  std::vector<int> columns_;           // Of that file, those to read, ...
  std::vector<std::size_t> places_;    // ... and for each of its columns, the place among the names.
  std::size_t left_ = 0;               // Rows of it.
  std::size_t rows_ = 0;               // Read in all.
};

// All rows at once.
Dataset ReadParquet(std::span<const Path> files, bool label, std::span<const std::string> names = {});

}  // namespace sagebrush::algorithms
