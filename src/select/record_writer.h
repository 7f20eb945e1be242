#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "select/serialization.h"
#include "select/translation.h"

namespace sagebrush::select {

inline constexpr std::size_t kRecordBytesMax = 1 << 20;

// Writes records of a query as the request wants them.
class RecordWriter {
 public:
  RecordWriter(const Output& output, std::vector<OutputColumn> columns);

  // Appends the record to `out`. nullopt: missing. Throws OverMaxRecordSize.
  void Write(const std::vector<std::optional<std::string_view>>& values, std::string& out) const;

 private:
  void WriteJson(const std::vector<std::optional<std::string_view>>& values, std::string& out) const;
  void WriteCsv(const std::vector<std::optional<std::string_view>>& values, std::string& out) const;
  void AppendField(std::string_view text, bool first, std::string& out) const;
  void AppendJsonField(std::string_view json, bool first, std::string& out) const;

  const Output output_;
  const std::vector<OutputColumn> columns_;
  std::vector<std::string> keys_;  // `"name":` of each column.
};

}  // namespace sagebrush::select
