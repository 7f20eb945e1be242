#include "select/record_writer.h"

#include <fmt/format.h>

#include "base/json.h"
#include "select/select_errors.h"

namespace sagebrush::select {
namespace {

// A sum of whole numbers is one, though it was computed otherwise.
std::string_view ShownNumber(std::string_view text) {
  if (text.ends_with(".0")) text.remove_suffix(2);
  return text;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && ((text.back() >= '0' && text.back() <= '9') || text.back() == '.');
}

void AppendJsonValue(ValueType type, std::string_view text, std::string& out) {
  switch (type) {
    case ValueType::kNumber:
      out += IsNumber(text) ? ShownNumber(text) : "null";  // JSON knows neither NaN nor infinity.
      return;
    case ValueType::kBoolean:
    case ValueType::kJson:
    case ValueType::kRecord:
      out += text;
      return;
    default:
      AppendText(Json(text), out);
  }
}

}  // namespace

RecordWriter::RecordWriter(const Output& output, std::vector<OutputColumn> columns)
    : output_(output), columns_(std::move(columns)) {
  for (const OutputColumn& column : columns_) keys_.push_back(ToText(Json(column.name)) + ":");
}

void RecordWriter::Write(const std::vector<std::optional<std::string_view>>& values, std::string& out) const {
  const std::size_t begin = out.size();
  output_.json ? WriteJson(values, out) : WriteCsv(values, out);
  if (out.size() - begin > kRecordBytesMax) {
    throw Error(kOverMaxRecordSize, fmt::format("A record of the result has more than {} bytes.", kRecordBytesMax));
  }
  out += output_.record_delimiter;
}

// A missing value has no member. A document that is no object is one value.
void RecordWriter::WriteJson(const std::vector<std::optional<std::string_view>>& values, std::string& out) const {
  if (columns_[0].type == ValueType::kRecord) {
    if (values[0] && values[0]->starts_with('{')) {
      out += *values[0];
    } else {
      out += values[0] ? fmt::format("{{\"_1\":{}}}", *values[0]) : "{}";
    }
    return;
  }
  out += '{';
  bool first = true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    if (!first) out += ',';
    first = false;
    out += keys_[i];
    AppendJsonValue(columns_[i].type, *values[i], out);
  }
  out += '}';
}

void RecordWriter::WriteCsv(const std::vector<std::optional<std::string_view>>& values, std::string& out) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool json = columns_[i].type == ValueType::kJson || columns_[i].type == ValueType::kRecord;
    if (!values[i]) {
      AppendField("", i == 0, out);
    } else if (columns_[i].type == ValueType::kNumber) {
      AppendField(ShownNumber(*values[i]), i == 0, out);
    } else if (!json) {
      AppendField(*values[i], i == 0, out);
    } else if (columns_[i].type == ValueType::kRecord && values[i]->starts_with('{')) {
      const Json document = ParseJson(*values[i]);  // Of an object each member is a field.
      bool first = true;
      for (const auto& member : document.get_object()) {
        AppendJsonField(ToText(member.value()), first, out);
        first = false;
      }
    } else {
      AppendJsonField(*values[i], i == 0, out);
    }
  }
}

// A string without its quotes, all else as it stands.
void RecordWriter::AppendJsonField(std::string_view json, bool first, std::string& out) const {
  if (json == "null") return AppendField("", first, out);
  if (!json.starts_with('"')) return AppendField(json, first, out);
  const Json text = ParseJson(json);
  AppendField(text.get_string(), first, out);
}

void RecordWriter::AppendField(std::string_view text, bool first, std::string& out) const {
  if (!first) out += output_.field_delimiter;
  const auto has = [&](std::string_view what) { return !what.empty() && text.find(what) != std::string_view::npos; };
  const bool quoted = !output_.quote.empty() &&
                      (output_.always_quote || has(output_.field_delimiter) || has(output_.record_delimiter) ||
                       has(output_.quote) || text.find('\n') != std::string_view::npos);
  if (!quoted) {
    out += text;
    return;
  }
  out += output_.quote;
  for (std::size_t at = 0;;) {
    const std::size_t next = text.find(output_.quote, at);
    out += text.substr(at, next - at);
    if (next == std::string_view::npos) break;
    out += output_.quote_escape;
    out += output_.quote;
    at = next + output_.quote.size();
  }
  out += output_.quote;
}

}  // namespace sagebrush::select
