#include "algorithms/data/parquet.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cmath>
#include <unordered_map>

#include "algorithms/algorithm.h"
#include "algorithms/data/parquet_module.h"
#include "algorithms/memory_limit.h"
#include "base/json.h"

namespace sagebrush::algorithms {
namespace {

// A file whose columns hold one value each takes a byte for about a thousand; small ones need room to begin with.
constexpr std::size_t kValuesAByteMax = 4096;
constexpr std::size_t kValuesAlways = 1 << 20;
// What the pages of one column take while they are read, likewise.
constexpr std::size_t kBytesAByteMax = 64;
constexpr std::size_t kBytesAlways = 64 << 20;

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

// The columns that pandas kept its index in: {"index_columns": ["__index_level_0__", {"kind": "range", ...}], ...}.
// Those that are objects have no column.
std::vector<std::string> IndexColumns(const std::string& pandas) {
  std::vector<std::string> names;
  if (pandas.empty()) return names;
  try {
    const Json metadata = ParseJson(pandas);
    if (const Json* columns = Find(metadata, "index_columns"); columns != nullptr && columns->is_array()) {
      for (const Json& column : columns->get_array()) {
        if (column.is_string()) names.emplace_back(column.get_string());
      }
    }
  } catch (const Error&) {  // Not what pandas writes: then it says nothing of an index.
    names.clear();
  }
  return names;
}

using Places = std::unordered_map<std::string, std::size_t>;

Places PlacesOf(std::span<const std::string> names) {
  Places places;
  for (const std::string& name : names) places.emplace(name, places.size());
  return places;
}

// Puts the columns of one file behind the rows that are already there.
class DatasetSink : public ParquetSink {
 public:
  DatasetSink(Dataset& data, bool label, std::size_t file_bytes)
      : data_(data), file_bytes_(file_bytes), base_(data.features.rows), label_(label), extra_(label ? 1 : 0) {}

  const std::string& reason() const { return reason_; }

  std::vector<int> Begin(const ParquetContents& contents) override {
    const std::vector<int> columns = Place(contents);
    if (reason_.empty()) CheckSize(contents.rows);
    if (!reason_.empty()) return {};
    rows_ = contents.rows;
    Features& features = data_.features;
    features.columns = data_.names.size() - extra_;
    features.rows += rows_;
    features.values.resize(features.rows * features.columns);
    if (label_) data_.labels.resize(features.rows);
    return columns;
  }

  bool Values(int column, std::size_t first, std::span<const float> values) override {
    const std::size_t place = places_.at(static_cast<std::size_t>(column));
    // The file's pages may hold other rows than it says it has.
    if (first > rows_ || values.size() > rows_ - first) {
      reason_ = kOtherRows;
      return false;
    }
    if (std::any_of(values.begin(), values.end(), [](float value) { return std::isinf(value); })) {
      reason_ = fmt::format(
          "column '{}' has a value that is infinite, or too large for a 32-bit float: use null where "
          "the value is missing",
          data_.names[place]);
      return false;
    }
    const std::size_t row = base_ + first;
    if (label_ && place == 0) {
      std::copy(values.begin(), values.end(), data_.labels.begin() + static_cast<std::ptrdiff_t>(row));
      return true;
    }
    const std::size_t width = data_.features.columns;
    float* out = data_.features.values.data() + row * width + (place - extra_);
    for (const float value : values) {
      *out = value;
      out += width;
    }
    return true;
  }

 private:
  // Finds out which column goes where. Returns the columns to read.
  std::vector<int> Place(const ParquetContents& contents) {
    const Places index = PlacesOf(IndexColumns(contents.pandas));
    std::vector<std::string> found;
    std::vector<int> columns;
    for (std::size_t i = 0; i < contents.columns.size(); ++i) {
      if (index.contains(contents.columns[i])) continue;
      found.push_back(contents.columns[i]);
      columns.push_back(static_cast<int>(i));
    }
    if (found.size() <= extra_) {
      reason_ = fmt::format("has {} column(s): there must be at least one feature after the label", found.size());
      return {};
    }
    if (data_.names.empty()) data_.names = found;
    Match(found);
    const Places places = PlacesOf(data_.names);
    places_.assign(contents.columns.size(), 0);
    for (std::size_t i = 0; reason_.empty() && i < found.size(); ++i) {
      places_[static_cast<std::size_t>(columns[i])] = places.at(found[i]);
    }
    return columns;
  }

  // A file has the columns of the first one, each once.
  void Match(std::span<const std::string> found) {
    const Places here = PlacesOf(found), wanted = PlacesOf(data_.names);
    for (const std::string& name : data_.names) {
      if (!here.contains(name)) reason_ = fmt::format("has no column '{}', which the first file has", name);
    }
    for (const std::string& name : found) {
      if (!wanted.contains(name)) reason_ = fmt::format("has a column '{}', which the first file has not", name);
    }
    if (reason_.empty() && here.size() != found.size()) {
      reason_ = "has two columns of one name: give each a name of its own";
    }
  }

  void CheckSize(std::size_t rows) {
    const std::size_t columns = data_.names.size();
    if (rows / kValuesAByteMax > (file_bytes_ + kValuesAlways / kValuesAByteMax) / columns) {
      reason_ = fmt::format("is damaged: its {} bytes cannot hold the {} rows of {} columns that it says it has",
                            file_bytes_, rows, columns);
      return;
    }
    const std::size_t bytes = (data_.features.rows + rows) * columns * kBytesAValue;
    if (const std::size_t most = MemoryLimit(); bytes > most) {
      reason_ = fmt::format("brings the data to {} MB in memory, and the job has {} MB: use an instance type with more",
                            bytes >> 20, most >> 20);
    }
  }

  static constexpr std::size_t kBytesAValue = 2 * sizeof(float);  // Ours and the library's copy.

  Dataset& data_;
  const std::size_t file_bytes_;
  const std::size_t base_;
  const bool label_;
  const std::size_t extra_;          // Columns that are no features.
  std::size_t rows_ = 0;             // Of this file, as it says.
  std::vector<std::size_t> places_;  // Of each of the file's columns, among the names of the data.
  std::string reason_;
};

}  // namespace

Dataset ReadParquet(std::span<const Path> files, bool label, std::span<const std::string> names) {
  const ReadParquetFile read = LoadModule();
  Dataset data;
  data.names.assign(names.begin(), names.end());
  for (const Path& file : files) {
    const std::size_t bytes = std::filesystem::file_size(file);
    DatasetSink sink(data, label, bytes);
    std::string reason;
    read(file.c_str(), static_cast<std::int64_t>(kBytesAlways + kBytesAByteMax * bytes), sink, reason);
    if (reason.empty()) reason = sink.reason();
    if (!reason.empty()) throw Error(kClientError, fmt::format("{}: {}.", file.filename().string(), reason));
  }
  for (std::size_t row = 0; row < data.labels.size(); ++row) {
    if (std::isnan(data.labels[row])) {
      throw Error(kClientError, fmt::format("Row {} of the Parquet data has no label in its column '{}'.", row + 1,
                                            data.names.front()));
    }
  }
  return data;
}

}  // namespace sagebrush::algorithms
