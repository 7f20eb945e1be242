#include <simdjson.h>

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/error.h"
#include "serving/request_rows.h"

namespace sagebrush::serving {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

class JsonRowsReader {
 public:
  explicit JsonRowsReader(algorithms::Features& rows) : rows_(rows) {}

  // {"instances": [row, ...]}, [[...], ...], or one row alone.
  void ReadDocument(const element& document) {
    element instances = document;
    simdjson::dom::array list;
    if (document.is_object() && document["instances"].get(instances) != simdjson::SUCCESS) return ReadRow(document);
    if (instances.get(list) != simdjson::SUCCESS) Fail("\"instances\" is no array");
    if (IsRowOfNumbers(list)) return ReadRow(instances);
    for (const element row : list) ReadRow(row);
  }

  // [1, null, 2], {"features": [...]}, or as SageMaker's sparse form: {"data": {"features": {"values": [...],
  // "keys": [...], "shape": [n]}}}.
  void ReadRow(element row) {
    for (const std::string_view name : {"data", "features"}) {
      element inner;
      if (row.is_object() && row[name].get(inner) == simdjson::SUCCESS) row = inner;
    }
    if (row.is_object()) return ReadTensor(row);
    simdjson::dom::array values;
    if (row.get(values) != simdjson::SUCCESS) Fail("it has no array of features");
    std::size_t columns = 0;
    for (const element value : values) {
      rows_.values.push_back(NumberOf(value));
      ++columns;
    }
    FinishDenseRow(columns);
  }

 private:
  [[noreturn]] void Fail(std::string_view what) const {
    throw Error(kValidation,
                fmt::format("instance {}: {}. Send {{\"instances\": [{{\"features\": [1.5, null, 2]}}]}} or "
                            "[[1.5, null, 2]].",
                            rows_.rows + 1, what));
  }

  static bool IsRowOfNumbers(const simdjson::dom::array& list) {
    for (const element first : list) return !first.is_array() && !first.is_object();
    return false;
  }

  float NumberOf(const element& value) const {
    double number = 0;
    if (value.is_null()) return std::numeric_limits<float>::quiet_NaN();
    if (value.get(number) != simdjson::SUCCESS) Fail("a feature is no number");
    if (!std::isfinite(static_cast<float>(number))) Fail("a feature is not finite");
    return static_cast<float>(number);
  }

  void FinishDenseRow(std::size_t columns) {
    if (rows_.sparse()) Fail("dense and sparse rows are mixed");
    if (rows_.rows == 0) rows_.columns = columns;
    if (columns != rows_.columns)
      Fail(fmt::format("it has {} features where the first has {}", columns, rows_.columns));
    ++rows_.rows;
  }

  void ReadTensor(const element& tensor) {
    simdjson::dom::array values, keys, shape;
    if (tensor["values"].get(values) != simdjson::SUCCESS) Fail("it has no \"values\"");
    if (tensor["keys"].get(keys) != simdjson::SUCCESS) {
      std::size_t columns = 0;
      for (const element value : values) rows_.values.push_back(NumberOf(value)), ++columns;
      return FinishDenseRow(columns);
    }
    if (rows_.rows > 0 && !rows_.sparse()) Fail("dense and sparse rows are mixed");
    if (!rows_.sparse()) rows_.offsets.push_back(0);
    for (const element value : values) rows_.values.push_back(NumberOf(value));
    for (const element key : keys) {
      std::uint64_t index = 0;
      if (key.get(index) != simdjson::SUCCESS || index >= (1U << 30)) Fail("a key is no column");
      rows_.indices.push_back(static_cast<std::uint32_t>(index));
      rows_.columns = std::max<std::size_t>(rows_.columns, index + 1);
    }
    if (rows_.indices.size() != rows_.values.size()) Fail("\"keys\" and \"values\" differ in length");
    std::uint64_t columns = 0;
    if (tensor["shape"].get(shape) == simdjson::SUCCESS && shape.size() > 0 &&
        shape.at(shape.size() - 1).get(columns) == simdjson::SUCCESS && columns < (1U << 30)) {
      rows_.columns = std::max<std::size_t>(rows_.columns, columns);
    }
    if (!algorithms::EndSparseRow(rows_)) Fail("a key is there twice");
  }

  algorithms::Features& rows_;
};

// Python's json.dumps writes NaN, which JSON has not, where a value is missing.
std::string NullForNan(std::string_view text) {
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!quoted && text.substr(i).starts_with("NaN")) {
      out += "null";
      i += 2;
      continue;
    }
    out += text[i];
    if (text[i] == '"') quoted = !quoted;
    if (quoted && text[i] == '\\' && i + 1 < text.size()) out += text[++i];
  }
  return out;
}

element Parse(simdjson::dom::parser& parser, std::string_view text, std::size_t line) {
  element document;
  // The library copies what it parses, also when there is nothing to copy from.
  auto error = text.empty() ? simdjson::EMPTY : parser.parse(text.data(), text.size()).get(document);
  if (error != simdjson::SUCCESS && text.find("NaN") != std::string_view::npos) {
    error = parser.parse(NullForNan(text)).get(document);
  }
  if (error != simdjson::SUCCESS) {
    throw Error(kValidation, fmt::format("line {} is no JSON: {}{}", line, simdjson::error_message(error),
                                         text.find("Infinity") == std::string_view::npos
                                             ? "."
                                             : ". There are no infinite numbers: send null where a value is missing."));
  }
  return document;
}

}  // namespace

void ReadJsonRows(std::string_view body, algorithms::Features& rows) {
  thread_local simdjson::dom::parser parser;
  JsonRowsReader(rows).ReadDocument(Parse(parser, body, 1));
}

void ReadJsonLinesRows(std::string_view body, algorithms::Features& rows) {
  thread_local simdjson::dom::parser parser;
  JsonRowsReader reader(rows);
  std::size_t number = 0;
  while (!body.empty()) {
    const std::string_view line = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(body.size(), line.size() + 1));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    reader.ReadRow(Parse(parser, line, number));
  }
}

}  // namespace sagebrush::serving
