// The only file that includes Arrow: compiled into libsagebrush-parquet.so, which a job that reads Parquet loads.
#include "algorithms/data/parquet_module.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/float16.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>

#include <limits>
#include <memory>

namespace {

using sagebrush::algorithms::ParquetContents;
using sagebrush::algorithms::ParquetFile;
using sagebrush::algorithms::ParquetSink;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
constexpr std::int64_t kBatchRows = 65'536;

template <typename ArrayType>
void Copy(const arrow::Array& array, std::vector<float>& out) {
  const auto& typed = static_cast<const ArrayType&>(array);
  for (std::int64_t i = 0; i < array.length(); ++i) {
    out.push_back(array.IsNull(i) ? kMissing : static_cast<float>(typed.Value(i)));
  }
}

void CopyHalf(const arrow::Array& array, std::vector<float>& out) {
  const auto& typed = static_cast<const arrow::HalfFloatArray&>(array);
  for (std::int64_t i = 0; i < array.length(); ++i) {
    out.push_back(array.IsNull(i) ? kMissing : arrow::util::Float16::FromBits(typed.Value(i)).ToFloat());
  }
}

void CopyDecimal(const arrow::Array& array, std::vector<float>& out) {
  const auto& typed = static_cast<const arrow::Decimal128Array&>(array);
  const int scale = static_cast<const arrow::Decimal128Type&>(*array.type()).scale();
  for (std::int64_t i = 0; i < array.length(); ++i) {
    out.push_back(array.IsNull(i) ? kMissing : arrow::Decimal128(typed.GetValue(i)).ToFloat(scale));
  }
}

void CopyNothing(const arrow::Array& array, std::vector<float>& out) {
  out.insert(out.end(), static_cast<std::size_t>(array.length()), kMissing);
}

using CopyNumbers = void (*)(const arrow::Array& array, std::vector<float>& out);

// nullptr: not a type of numbers.
CopyNumbers CopyFor(arrow::Type::type type) {
  switch (type) {
    case arrow::Type::FLOAT:
      return Copy<arrow::FloatArray>;
    case arrow::Type::DOUBLE:
      return Copy<arrow::DoubleArray>;
    case arrow::Type::INT8:
      return Copy<arrow::Int8Array>;
    case arrow::Type::INT16:
      return Copy<arrow::Int16Array>;
    case arrow::Type::INT32:
      return Copy<arrow::Int32Array>;
    case arrow::Type::INT64:
      return Copy<arrow::Int64Array>;
    case arrow::Type::UINT8:
      return Copy<arrow::UInt8Array>;
    case arrow::Type::UINT16:
      return Copy<arrow::UInt16Array>;
    case arrow::Type::UINT32:
      return Copy<arrow::UInt32Array>;
    case arrow::Type::UINT64:
      return Copy<arrow::UInt64Array>;
    case arrow::Type::BOOL:
      return Copy<arrow::BooleanArray>;
    case arrow::Type::HALF_FLOAT:
      return CopyHalf;
    case arrow::Type::DECIMAL128:
      return CopyDecimal;
    case arrow::Type::NA:
      return CopyNothing;
    default:
      return nullptr;
  }
}

// Categories, as pandas keeps them: a list of values and for each row the place of its own.
void CopyDictionary(const arrow::Array& array, std::vector<float>& out) {
  const auto& typed = static_cast<const arrow::DictionaryArray&>(array);
  std::vector<float> values;
  CopyFor(typed.dictionary()->type_id())(*typed.dictionary(), values);
  for (std::int64_t i = 0; i < array.length(); ++i) {
    const std::int64_t at = array.IsNull(i) ? -1 : typed.GetValueIndex(i);
    out.push_back(at < 0 || at >= static_cast<std::int64_t>(values.size()) ? kMissing
                                                                           : values[static_cast<std::size_t>(at)]);
  }
}

CopyNumbers CopyFor(const arrow::DataType& type) {
  if (type.id() != arrow::Type::DICTIONARY) return CopyFor(type.id());
  const arrow::Type::type values = static_cast<const arrow::DictionaryType&>(type).value_type()->id();
  return CopyFor(values) != nullptr ? CopyDictionary : nullptr;
}

class Reader : public ParquetFile {
 public:
  explicit Reader(std::int64_t memory_bytes_max)
      : pool_(arrow::default_memory_pool(), arrow::default_memory_pool()->bytes_allocated() + memory_bytes_max) {}

  const ParquetContents& contents() const override { return contents_; }

  void Read(std::span<const int> columns, std::size_t rows, ParquetSink& sink, std::string& reason) override {
    try {
      reason = ReadColumns(columns, rows, sink);
    } catch (const std::exception& error) {
      reason = error.what();
    }
    at_ += rows;
  }

  // What is wrong with the file; empty: nothing.
  std::string Open(const char* path) {
    auto file = arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ);
    if (!file.ok()) return file.status().message();
    parquet::arrow::FileReaderBuilder builder;
    parquet::ArrowReaderProperties properties;
    properties.set_pre_buffer(false);  // The file is mapped.
    const parquet::ReaderProperties file_properties(&pool_);
    if (const auto status = builder.Open(*file, file_properties); !status.ok()) return status.message();
    builder.memory_pool(&pool_)->properties(properties);
    if (const auto status = builder.Build(&reader_); !status.ok()) return status.message();
    if (const auto status = reader_->GetSchema(&schema_); !status.ok()) return status.message();
    Describe();
    return "";
  }

 private:
  void Describe() {
    contents_.rows =
        static_cast<std::size_t>(std::max<std::int64_t>(0, reader_->parquet_reader()->metadata()->num_rows()));
    for (const auto& field : schema_->fields()) contents_.columns.push_back(field->name());
    if (const auto& metadata = schema_->metadata(); metadata != nullptr) {
      contents_.pandas = metadata->Get("pandas").ValueOr("");
    }
    pages_.resize(contents_.columns.size());
  }

  std::string ReadColumns(std::span<const int> columns, std::size_t rows, ParquetSink& sink) {
    for (const int column : columns) {
      const auto& field = schema_->field(column);
      if (CopyFor(*field->type()) == nullptr) {
        return "column '" + field->name() + "' has the type " + field->type()->ToString() +
               ", not a number: encode it as numbers before training";
      }
      const std::string reason = ReadColumn(column, rows, sink);
      if (!reason.empty() || stopped_) return reason;
    }
    return "";
  }

  // One column after the other: where all rows are asked for at once, only one has pages and values in memory at a
  // time.
  std::string ReadColumn(int column, std::size_t rows, ParquetSink& sink) {
    auto& pages = pages_[static_cast<std::size_t>(column)];
    if (pages == nullptr) {
      if (const auto status = reader_->GetColumn(column, &pages); !status.ok()) return status.message();
    }
    for (std::size_t first = 0; first < rows && !stopped_; first += values_.size()) {
      const auto wanted = static_cast<std::int64_t>(std::min<std::size_t>(kBatchRows, rows - first));
      if (const std::string reason = ReadValues(*pages, wanted); !reason.empty()) return reason;
      if (values_.empty()) return sagebrush::algorithms::kOtherRows;
      stopped_ = !sink.Values(column, first, values_);
    }
    if (stopped_ || at_ + rows < contents_.rows) return "";
    const std::string reason = ReadValues(*pages, 1);
    pages.reset();
    return reason.empty() && !values_.empty() ? sagebrush::algorithms::kOtherRows : reason;
  }

  // The next values of a column; none at its end.
  std::string ReadValues(parquet::arrow::ColumnReader& pages, std::int64_t rows) {
    values_.clear();
    std::shared_ptr<arrow::ChunkedArray> batch;
    if (const auto status = pages.NextBatch(rows, &batch); !status.ok()) return status.message();
    if (batch == nullptr) return "";
    for (const auto& chunk : batch->chunks()) {
      const CopyNumbers copy = CopyFor(*chunk->type());
      if (copy == nullptr) return sagebrush::algorithms::kOtherRows;
      copy(*chunk, values_);
    }
    return "";
  }

  arrow::CappedMemoryPool pool_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
  ParquetContents contents_;
  std::vector<std::unique_ptr<parquet::arrow::ColumnReader>> pages_;  // Of each column that is being read.
  std::vector<float> values_;
  std::size_t at_ = 0;    // Rows read before.
  bool stopped_ = false;  // By the sink, which knows why.
};

}  // namespace

extern "C" __attribute__((visibility("default"))) ParquetFile* SagebrushOpenParquetFile(const char* path,
                                                                                        std::int64_t memory_bytes_max,
                                                                                        std::string& reason) {
  try {
    auto file = std::make_unique<Reader>(memory_bytes_max);
    reason = file->Open(path);
    return reason.empty() ? file.release() : nullptr;
  } catch (const std::exception& error) {
    reason = error.what();
    return nullptr;
  }
}
