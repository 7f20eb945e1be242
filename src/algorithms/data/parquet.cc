#include "algorithms/data/parquet.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cmath>

#include "algorithms/algorithm.h"
#include "algorithms/data/parquet_module.h"

namespace sagebrush::algorithms {
namespace {

constexpr std::size_t kValuesAByteMax = 65'536;  // Far above what columns of one value compress to.

// Loads libsagebrush-parquet.so, found by this program's run path.
ReadParquetFile LoadModule() {
  void* module = ::dlopen("libsagebrush-parquet.so", RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    throw Error(
        kAlgorithmError,
        fmt::format("The Parquet reader cannot be loaded: {}. Run `make setup` and `make build`.", ::dlerror()));
  }
  void* entry = ::dlsym(module, kReadParquetFile);
  if (entry == nullptr) throw Error(kAlgorithmError, "libsagebrush-parquet.so has no entry: build it again.");
  return reinterpret_cast<ReadParquetFile>(entry);
}

// Puts the columns of one file behind the rows that are already there.
class DatasetSink : public ParquetSink {
 public:
  DatasetSink(Dataset& data, bool label, std::size_t file_bytes)
      : data_(data), file_bytes_(file_bytes), base_(data.features.rows), label_(label), extra_(label ? 1 : 0) {}

  const std::string& reason() const { return reason_; }

  bool Begin(std::size_t rows, std::size_t columns) override {
    Features& features = data_.features;
    if (columns <= extra_) {
      reason_ = fmt::format("has {} column(s): there must be at least one feature after the label", columns);
    } else if (features.rows > 0 && columns - extra_ != features.columns) {
      reason_ = fmt::format("has {} columns where the first file has {}", columns, features.columns + extra_);
    } else if (rows > file_bytes_ * kValuesAByteMax / columns) {
      reason_ = kOtherRows;
    }
    if (!reason_.empty()) return false;
    rows_ = rows;
    features.columns = columns - extra_;
    features.rows += rows;
    features.values.resize(features.rows * features.columns);
    if (label_) data_.labels.resize(features.rows);
    return true;
  }

  bool Values(std::size_t column, std::size_t first, std::span<const float> values) override {
    // The file's row groups may hold other rows than it says it has.
    if (first > rows_ || values.size() > rows_ - first || column >= data_.features.columns + extra_) {
      reason_ = kOtherRows;
      return false;
    }
    const std::size_t row = base_ + first;
    if (label_ && column == 0) {
      std::copy(values.begin(), values.end(), data_.labels.begin() + static_cast<std::ptrdiff_t>(row));
    } else {
      const std::size_t width = data_.features.columns;
      float* out = data_.features.values.data() + row * width + (column - extra_);
      for (const float value : values) {
        *out = value;
        out += width;
      }
    }
    return true;
  }

 private:
  Dataset& data_;
  const std::size_t file_bytes_;
  const std::size_t base_;
  const bool label_;
  const std::size_t extra_;  // Columns that are no features.
  std::size_t rows_ = 0;     // Of this file, as it says.
  std::string reason_;
};

}  // namespace

Dataset ReadParquet(std::span<const Path> files, bool label) {
  const ReadParquetFile read = LoadModule();
  Dataset data;
  for (const Path& file : files) {
    DatasetSink sink(data, label, std::filesystem::file_size(file));
    std::string reason;
    read(file.c_str(), sink, reason);
    if (reason.empty()) reason = sink.reason();
    if (!reason.empty()) throw Error(kClientError, fmt::format("{}: {}.", file.filename().string(), reason));
  }
  for (std::size_t row = 0; row < data.labels.size(); ++row) {
    if (std::isnan(data.labels[row])) {
      throw Error(kClientError, fmt::format("Row {} of the Parquet data has no label in its first column.", row + 1));
    }
  }
  return data;
}

}  // namespace sagebrush::algorithms
