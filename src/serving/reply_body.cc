#include "serving/reply_body.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "serving/number_text.h"
#include "serving/record_writer.h"
#include "serving/request_rows.h"

namespace sagebrush::serving {
namespace {

using algorithms::AnswerField;
using algorithms::AnswerShape;
using algorithms::CsvLayout;

struct AcceptRow {
  std::string_view media;
  ReplyFormat format;
};

constexpr std::array kAccepts{
    AcceptRow{"text/csv", ReplyFormat::kCsv},
    AcceptRow{"csv", ReplyFormat::kCsv},
    AcceptRow{"application/json", ReplyFormat::kJson},
    AcceptRow{"json", ReplyFormat::kJson},
    AcceptRow{"application/jsonlines", ReplyFormat::kJsonLines},
    AcceptRow{"application/x-recordio-protobuf", ReplyFormat::kRecordIo},
};

std::string_view MediaOf(std::string_view header) {
  header = header.substr(0, header.find(';'));
  while (!header.empty() && header.front() == ' ') header.remove_prefix(1);
  while (!header.empty() && header.back() == ' ') header.remove_suffix(1);
  return header;
}

// As Python writes numbers; in JSON also those that JSON has not.
void AppendNumber(const AnswerField& field, double number, bool json, std::string& out) {
  if (field.integer) {
    out += fmt::format("{}", static_cast<std::int64_t>(number));
  } else if (json && !std::isfinite(number)) {
    out += std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
  } else {
    AppendPythonFloat(number, out);
  }
}

void AppendCsvField(const AnswerField& field, const CsvLayout& layout, const double* numbers, std::string& out) {
  if (field.list) out += layout.list_begin;
  for (std::size_t i = 0; i < field.width; ++i) {
    if (i > 0) out += layout.list_comma;
    AppendNumber(field, numbers[i], false, out);
  }
  if (field.list) out += layout.list_end;
}

void AppendCsv(const AnswerShape& shape, std::span<const double> numbers, std::string& out) {
  const double* const end = numbers.data() + numbers.size();
  for (const double* at = numbers.data(); at != end;) {
    if (at != numbers.data()) out += shape.csv.row_comma;
    for (const AnswerField& field : shape.fields) {
      if (&field != &shape.fields.front()) out += ',';
      AppendCsvField(field, shape.csv, at, out);
      at += field.width;
    }
  }
  if (!numbers.empty()) out += shape.csv.end;
}

void AppendJsonField(const AnswerField& field, const double* numbers, std::string& out) {
  out += field.name;
  out += field.list ? "\": [" : "\": ";
  for (std::size_t i = 0; i < field.width; ++i) {
    if (i > 0) out += ", ";
    AppendNumber(field, numbers[i], true, out);
  }
  if (field.list) out += ']';
}

void AppendJson(const AnswerShape& shape, std::span<const double> numbers, bool lines, std::string& out) {
  if (!lines) out += "{\"predictions\": [";
  const double* const end = numbers.data() + numbers.size();
  for (const double* at = numbers.data(); at != end;) {
    if (at != numbers.data() && !lines) out += ", ";
    for (const AnswerField& field : shape.fields) {
      out += &field == &shape.fields.front() ? "{\"" : ", \"";
      AppendJsonField(field, at, out);
      at += field.width;
    }
    out += lines ? "}\n" : "}";
  }
  if (!lines) out += "]}";
}

void AppendRecords(const AnswerShape& shape, std::span<const double> numbers, std::string& out) {
  std::vector<float> values;
  const double* const end = numbers.data() + numbers.size();
  for (const double* at = numbers.data(); at != end;) {
    RecordWriter record;
    for (const AnswerField& field : shape.fields) {
      values.clear();
      for (std::size_t i = 0; i < field.width; ++i) values.push_back(static_cast<float>(*at++));
      record.AddLabel(field.name, values);
    }
    record.AppendTo(out);
  }
}

}  // namespace

ReplyFormat FormatOfAccept(std::string_view accept, std::string_view fallback) {
  std::string_view media = MediaOf(accept);
  if (media.empty() || media == "*/*") media = MediaOf(fallback);
  for (const AcceptRow& row : kAccepts) {
    if (media.size() == row.media.size() && ::strncasecmp(media.data(), row.media.data(), media.size()) == 0) {
      return row.format;
    }
  }
  throw RequestError(406, fmt::format("Accept type {} is not supported. Ask for text/csv, application/json, "
                                      "application/jsonlines or application/x-recordio-protobuf.",
                                      accept));
}

std::string_view ContentTypeOf(ReplyFormat format) {
  static constexpr std::string_view kTypes[] = {"text/csv; charset=utf-8", "application/json", "application/jsonlines",
                                                "application/x-recordio-protobuf"};
  return kTypes[static_cast<std::size_t>(format)];
}

void AppendAnswers(ReplyFormat format, const AnswerShape& shape, std::span<const double> numbers, std::string& out) {
  switch (format) {
    case ReplyFormat::kCsv:
      return AppendCsv(shape, numbers, out);
    case ReplyFormat::kJson:
      return AppendJson(shape, numbers, false, out);
    case ReplyFormat::kJsonLines:
      return AppendJson(shape, numbers, true, out);
    case ReplyFormat::kRecordIo:
      return AppendRecords(shape, numbers, out);
  }
}

}  // namespace sagebrush::serving
