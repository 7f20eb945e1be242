#include "sagemaker/transform/data_processing.h"

#include <optional>

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::sagemaker {
namespace {

// "text/csv; charset=utf-8" -> "text/csv"
std::string MediaType(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return std::string(type);
}

void AppendField(const Json& value, std::string& out) {
  const std::string text = value.is_string() ? std::string(value.get_string()) : ToText(value);
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

}  // namespace

Json ParseCsvRow(std::string_view row) {
  JsonArray fields;
  for (std::size_t at = 0;;) {
    std::string field;
    if (at < row.size() && row[at] == '"') {
      for (++at;; ++at) {
        if (at == row.size()) throw Error(kValidation, "A quote of a CSV row is not closed.");
        if (row[at] == '"' && !(at + 1 < row.size() && row[at + 1] == '"')) break;
        if (row[at] == '"') ++at;
        field += row[at];
      }
      ++at;
    }
    const std::size_t end = std::min(row.find(',', at), row.size());
    field += row.substr(at, end - at);
    fields.emplace_back(std::move(field));
    if (end == row.size()) return fields;
    at = end + 1;
  }
}

std::string WriteCsvRow(const Json& fields) {
  std::string out;
  if (!fields.is_array()) {
    AppendField(fields, out);
    return out;
  }
  bool first = true;
  for (const Json& field : fields.get_array()) {
    if (!std::exchange(first, false)) out += ',';
    AppendField(field, out);
  }
  return out;
}

DataProcessing::DataProcessing(const Json& spec)
    : input_filter_(GetString(spec, "DataProcessing.InputFilter"), "InputFilter"),
      output_filter_(GetString(spec, "DataProcessing.OutputFilter"), "OutputFilter"),
      joins_(GetString(spec, "DataProcessing.JoinSource") == "Input") {
  if (IsNone()) return;
  const std::string content_type = GetString(spec, "TransformInput.ContentType");
  const std::string type = MediaType(content_type);
  const std::string split = GetString(spec, "TransformInput.SplitType", "None");
  if (type != "text/csv" && type != "application/json" && type != "application/jsonlines") {
    throw Error(kValidation, fmt::format("DataProcessing needs records of CSV or JSON: TransformInput.ContentType is "
                                         "\"{}\"; give text/csv, application/json or application/jsonlines.",
                                         content_type));
  }
  if (split != "None" && split != "Line") {
    throw Error(kValidation, fmt::format("DataProcessing needs SplitType None or Line; it is {}.", split));
  }
  if (ChangesOutput() && GetString(spec, "TransformOutput.AssembleWith", "None") != split) {
    throw Error(kValidation,
                fmt::format("JoinSource and OutputFilter need AssembleWith to be as SplitType: {}.", split));
  }
  format_ = type == "text/csv" ? Format::kCsv : type == "application/jsonlines" ? Format::kJsonLines : Format::kJson;
}

std::vector<std::string_view> DataProcessing::Rows(const std::vector<std::string_view>& records) const {
  if (format_ == Format::kJson) return records;
  std::vector<std::string_view> rows;
  for (const std::string_view record : records) {
    RecordReader lines(record, SplitType::kLine);
    while (const auto line = lines.Next()) rows.push_back(*line);
  }
  return rows;
}

Json DataProcessing::Parse(std::string_view row) const {
  return format_ == Format::kCsv ? ParseCsvRow(row) : ParseJson(row);
}

std::string DataProcessing::Write(const Json& row) const {
  return format_ == Format::kCsv ? WriteCsvRow(row) : ToText(row);
}

std::string DataProcessing::Input(const RecordBatch& batch) const {
  std::string body;
  for (const std::string_view row : Rows(batch.records)) {
    if (!body.empty()) body += '\n';
    body += input_filter_.IsWhole() ? std::string(row) : Write(input_filter_.Select(Parse(row)));
  }
  return body;
}

Json DataProcessing::Join(const Json& input, Json output) const {
  if (format_ == Format::kCsv) {
    JsonArray joined = input.as_array();
    if (output.is_array()) {
      for (Json& field : output.get_array()) joined.push_back(std::move(field));
    }
    return joined;
  }
  JsonObject joined;
  if (input.is_object()) {
    joined = input.get_object();
  } else {
    joined["SageMakerInput"] = input;
  }
  joined["SageMakerOutput"] = std::move(output);
  return joined;
}

std::string DataProcessing::Output(const RecordBatch& batch, std::string_view answer) const {
  if (!ChangesOutput()) return std::string(answer);
  const std::vector<std::string_view> inputs = Rows(batch.records);
  std::vector<std::string_view> answers{answer};
  if (format_ == Format::kCsv || inputs.size() != 1) {  // The answer to one JSON document may have several lines.
    answers.clear();
    RecordReader lines(answer, SplitType::kLine);
    while (const auto line = lines.Next()) answers.push_back(*line);
  }
  if (joins_ && answers.size() != inputs.size()) {
    throw Error(kValidation,
                fmt::format("The model gave {} results for {} records, so that they cannot be joined. With "
                            "BatchStrategy SingleRecord each is asked for alone.",
                            answers.size(), inputs.size()));
  }
  std::string out;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    Json result = Parse(answers[i]);
    if (joins_) result = Join(Parse(inputs[i]), std::move(result));
    if (!out.empty()) out += '\n';
    out += Write(output_filter_.Select(result));
  }
  return out;
}

}  // namespace sagebrush::sagemaker
