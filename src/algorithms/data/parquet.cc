#include "algorithms/data/parquet.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
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
OpenParquetFile LoadModule() {
  void* module = ::dlopen("libsagebrush-parquet.so", RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    throw Error(
        kAlgorithmError,
        fmt::format("The Parquet reader cannot be loaded: {}. Run `make setup` and `make build`.", ::dlerror()));
  }
  void* entry = ::dlsym(module, kOpenParquetFile);
  if (entry == nullptr) throw Error(kAlgorithmError, "libsagebrush-parquet.so has no entry: build it again.");
  return reinterpret_cast<OpenParquetFile>(entry);
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

// What is wrong with a file that has the columns `found` where `names` are wanted, each once; empty: nothing.
std::string Mismatch(std::span<const std::string> found, std::span<const std::string> names) {
  const Places here = PlacesOf(found), wanted = PlacesOf(names);
  std::string reason;
  for (const std::string& name : names) {
    if (!here.contains(name)) reason = fmt::format("has no column '{}', which the first file has", name);
  }
  for (const std::string& name : found) {
    if (!wanted.contains(name)) reason = fmt::format("has a column '{}', which the first file has not", name);
  }
  if (reason.empty() && here.size() != found.size()) {
    reason = "has two columns of one name: give each a name of its own";
  }
  return reason;
}

// What is wrong with the number of rows that a file says it has; empty: nothing.
std::string CheckRows(std::size_t rows, std::size_t columns, std::size_t file_bytes) {
  if (rows / kValuesAByteMax <= (file_bytes + kValuesAlways / kValuesAByteMax) / columns) return "";
  return fmt::format("is damaged: its {} bytes cannot hold the {} rows of {} columns that it says it has", file_bytes,
                     rows, columns);
}

// What is wrong with so many rows in memory; empty: nothing.
std::string CheckMemory(std::size_t rows, std::size_t columns) {
  constexpr std::size_t kBytesAValue = 2 * sizeof(float);  // Ours and the library's copy.
  const std::size_t bytes = rows * columns * kBytesAValue, most = MemoryLimit();
  if (bytes <= most) return "";
  return fmt::format("brings the data to {} MB in memory, and the job has {} MB: use an instance type with more",
                     bytes >> 20, most >> 20);
}

}  // namespace

// Puts the columns of some rows behind the rows that are already there.
class ParquetReader::Sink : public ParquetSink {
 public:
  Sink(const ParquetReader& reader, Dataset& data, std::size_t rows)
      : reader_(reader), data_(data), base_(data.features.rows), rows_(rows), extra_(reader.label_ ? 1 : 0) {
    Features& features = data.features;
    features.columns = reader.names_.size() - extra_;
    features.rows += rows;
    features.values.resize(features.rows * features.columns);
    if (reader.label_) data.labels.resize(features.rows);
  }

  const std::string& reason() const { return reason_; }

  bool Values(int column, std::size_t first, std::span<const float> values) override {
    const std::size_t place = reader_.places_.at(static_cast<std::size_t>(column));
    // The file's pages may hold other rows than it says it has.
    if (first > rows_ || values.size() > rows_ - first) {
      reason_ = kOtherRows;
      return false;
    }
    if (std::any_of(values.begin(), values.end(), [](float value) { return std::isinf(value); })) {
      reason_ = fmt::format(
          "column '{}' has a value that is infinite, or too large for a 32-bit float: use null where "
          "the value is missing",
          reader_.names_[place]);
      return false;
    }
    const std::size_t row = base_ + first;
    if (extra_ > 0 && place == 0) {
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
  const ParquetReader& reader_;
  Dataset& data_;
  const std::size_t base_;
  const std::size_t rows_;
  const std::size_t extra_;  // Columns that are no features.
  std::string reason_;
};

ParquetReader::ParquetReader(std::span<const Path> files, bool label, std::span<const std::string> names)
    : files_(files), label_(label), names_(names.begin(), names.end()) {}

ParquetReader::~ParquetReader() = default;

void ParquetReader::Refuse(const std::string& reason) const {
  throw Error(kClientError, fmt::format("{}: {}.", files_[next_ - 1].filename().string(), reason));
}

void ParquetReader::OpenNext() {
  static const OpenParquetFile kOpen = LoadModule();
  const Path& path = files_[next_++];
  const std::size_t bytes = std::filesystem::file_size(path);
  std::string reason;
  file_.reset(kOpen(path.c_str(), static_cast<std::int64_t>(kBytesAlways + kBytesAByteMax * bytes), reason));
  if (file_ == nullptr) Refuse(reason);
  const ParquetContents& contents = file_->contents();
  const Places index = PlacesOf(IndexColumns(contents.pandas));
  std::vector<std::string> found;
  columns_.clear();
  for (std::size_t i = 0; i < contents.columns.size(); ++i) {
    if (index.contains(contents.columns[i])) continue;
    found.push_back(contents.columns[i]);
    columns_.push_back(static_cast<int>(i));
  }
  if (found.size() <= (label_ ? 1 : 0)) {
    Refuse(fmt::format("has {} column(s): there must be at least one feature after the label", found.size()));
  }
  if (names_.empty()) names_ = found;
  reason = Mismatch(found, names_);
  if (reason.empty()) reason = CheckRows(contents.rows, names_.size(), bytes);
  if (!reason.empty()) Refuse(reason);
  const Places places = PlacesOf(names_);
  places_.assign(contents.columns.size(), 0);
  for (std::size_t i = 0; i < found.size(); ++i) {
    places_[static_cast<std::size_t>(columns_[i])] = places.at(found[i]);
  }
  left_ = contents.rows;
}

void ParquetReader::CheckLabels(const Dataset& data) {
  for (std::size_t row = 0; row < data.labels.size(); ++row) {
    if (std::isnan(data.labels[row])) {
      throw Error(kClientError, fmt::format("Row {} of the Parquet data has no label in its column '{}'.",
                                            rows_ + row + 1, names_.front()));
    }
  }
}

Dataset ParquetReader::Next(std::size_t bytes) {
  Dataset data;
  for (std::size_t wanted = 0; file_ != nullptr || next_ < files_.size();) {
    if (file_ == nullptr) OpenNext();
    if (wanted == 0) wanted = std::max<std::size_t>(1, bytes / sizeof(float) / names_.size());
    const std::size_t rows = std::min(left_, wanted - data.features.rows);
    if (const std::string reason = CheckMemory(data.features.rows + rows, names_.size()); !reason.empty()) {
      Refuse(reason);
    }
    Sink sink(*this, data, rows);
    std::string reason;
    file_->Read(columns_, rows, sink, reason);
    if (reason.empty()) reason = sink.reason();
    if (!reason.empty()) Refuse(reason);
    left_ -= rows;
    if (left_ == 0) file_.reset();
    if (data.features.rows == wanted) break;
  }
  data.names = names_;
  CheckLabels(data);
  rows_ += data.features.rows;
  return data;
}

Dataset ReadParquet(std::span<const Path> files, bool label, std::span<const std::string> names) {
  return ParquetReader(files, label, names).Next(std::numeric_limits<std::size_t>::max());
}

}  // namespace sagebrush::algorithms
