// The only file that includes Arrow: compiled into libsagebrush-parquet.so, which a job that reads Parquet loads.
#include "algorithms/data/parquet_module.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/float16.h>
#include <parquet/arrow/reader.h>

#include <limits>
#include <memory>
#include <vector>

namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

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

// False: not a type of numbers.
bool CopyNumbers(const arrow::Array& array, std::vector<float>& out) {
  switch (array.type_id()) {
    case arrow::Type::FLOAT:
      Copy<arrow::FloatArray>(array, out);
      return true;
    case arrow::Type::DOUBLE:
      Copy<arrow::DoubleArray>(array, out);
      return true;
    case arrow::Type::INT8:
      Copy<arrow::Int8Array>(array, out);
      return true;
    case arrow::Type::INT16:
      Copy<arrow::Int16Array>(array, out);
      return true;
    case arrow::Type::INT32:
      Copy<arrow::Int32Array>(array, out);
      return true;
    case arrow::Type::INT64:
      Copy<arrow::Int64Array>(array, out);
      return true;
    case arrow::Type::UINT8:
      Copy<arrow::UInt8Array>(array, out);
      return true;
    case arrow::Type::UINT16:
      Copy<arrow::UInt16Array>(array, out);
      return true;
    case arrow::Type::UINT32:
      Copy<arrow::UInt32Array>(array, out);
      return true;
    case arrow::Type::UINT64:
      Copy<arrow::UInt64Array>(array, out);
      return true;
    case arrow::Type::BOOL:
      Copy<arrow::BooleanArray>(array, out);
      return true;
    case arrow::Type::HALF_FLOAT:
      CopyHalf(array, out);
      return true;
    case arrow::Type::DECIMAL128:
      CopyDecimal(array, out);
      return true;
    case arrow::Type::NA:
      out.insert(out.end(), static_cast<std::size_t>(array.length()), kMissing);
      return true;
    default:
      return false;
  }
}

std::string Read(const char* path, sagebrush::algorithms::ParquetSink& sink) {
  auto file = arrow::io::MemoryMappedFile::Open(path, arrow::io::FileMode::READ);
  if (!file.ok()) return file.status().message();
  parquet::arrow::FileReaderBuilder builder;
  if (const auto status = builder.Open(*file); !status.ok()) return status.message();
  std::unique_ptr<parquet::arrow::FileReader> reader;
  if (const auto status = builder.Build(&reader); !status.ok()) return status.message();
  std::shared_ptr<arrow::Schema> schema;
  if (const auto status = reader->GetSchema(&schema); !status.ok()) return status.message();
  const auto rows = static_cast<std::size_t>(reader->parquet_reader()->metadata()->num_rows());
  if (!sink.Begin(rows, static_cast<std::size_t>(schema->num_fields()))) return "";
  std::size_t first = 0;
  std::vector<float> values;
  for (int group = 0; group < reader->num_row_groups(); ++group) {
    auto read = reader->ReadRowGroup(group);
    if (!read.ok()) return read.status().message();
    const std::shared_ptr<arrow::Table>& table = *read;
    for (int column = 0; column < table->num_columns(); ++column) {
      values.clear();
      for (const auto& chunk : table->column(column)->chunks()) {
        if (!CopyNumbers(*chunk, values)) {
          return "column '" + schema->field(column)->name() + "' has the type " + chunk->type()->ToString() +
                 ", not a number: encode it as numbers before training";
        }
      }
      if (!sink.Values(static_cast<std::size_t>(column), first, values)) return "";
    }
    first += static_cast<std::size_t>(table->num_rows());
  }
  return first == rows ? "" : sagebrush::algorithms::kOtherRows;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) void SagebrushReadParquetFile(
    const char* path, sagebrush::algorithms::ParquetSink& sink, std::string& reason) {
  try {
    reason = Read(path, sink);
  } catch (const std::exception& error) {
    reason = error.what();
  }
}
