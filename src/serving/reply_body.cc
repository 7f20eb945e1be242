#include "serving/reply_body.h"

#include <array>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "serving/number_text.h"
#include "serving/record_writer.h"
#include "serving/request_rows.h"

namespace sagebrush::serving {
namespace {

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

// As Python prints a list: [0.1, 0.2].
void AppendList(std::span<const float> values, std::string& out) {
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ", ";
    AppendPythonFloat(values[i], out);
  }
  out += ']';
}

void AppendRow(std::span<const float> row, std::string& out) {
  if (row.size() == 1) {
    AppendPythonFloat(row[0], out);
  } else {
    AppendList(row, out);
  }
}

std::span<const float> RowOf(const Predictions& predictions, std::size_t row) {
  return predictions.values.subspan(row * predictions.width, predictions.width);
}

void AppendCsv(const Predictions& predictions, std::string& out) {
  const std::size_t rows = predictions.values.size() / predictions.width;
  for (std::size_t r = 0; r < rows; ++r) {
    const std::span<const float> row = RowOf(predictions, r);
    switch (predictions.csv) {
      case CsvLayout::kCommas:
        if (r > 0) out += ',';
        AppendRow(row, out);
        break;
      case CsvLayout::kLines:
        for (std::size_t i = 0; i < row.size(); ++i) {
          if (i > 0) out += ',';
          AppendPythonFloat(row[i], out);
        }
        out += '\n';
        break;
      case CsvLayout::kBatch:
        AppendRow(row, out);
        out += '\n';
        break;
    }
  }
}

void AppendJson(const Predictions& predictions, bool lines, std::string& out) {
  const std::size_t rows = predictions.values.size() / predictions.width;
  if (!lines) out += "{\"predictions\": [";
  for (std::size_t r = 0; r < rows; ++r) {
    if (r > 0 && !lines) out += ", ";
    out += "{\"score\": ";
    AppendRow(RowOf(predictions, r), out);
    out += lines ? "}\n" : "}";
  }
  if (!lines) out += "]}";
}

void AppendRecords(const Predictions& predictions, std::string& out) {
  const std::size_t rows = predictions.values.size() / predictions.width;
  for (std::size_t r = 0; r < rows; ++r) {
    RecordWriter record;
    record.AddLabel("score", RowOf(predictions, r));
    record.AppendTo(out);
  }
}

}  // namespace

CsvLayout CsvLayoutOf(const algorithms::ImageVersion& image, bool batch) {
  constexpr algorithms::ImageVersion kFirstWithLines{1, 2, 2};
  if (batch) return CsvLayout::kBatch;
  return image < kFirstWithLines ? CsvLayout::kCommas : CsvLayout::kLines;
}

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

void AppendPredictions(ReplyFormat format, const Predictions& predictions, std::string& out) {
  switch (format) {
    case ReplyFormat::kCsv:
      return AppendCsv(predictions, out);
    case ReplyFormat::kJson:
      return AppendJson(predictions, false, out);
    case ReplyFormat::kJsonLines:
      return AppendJson(predictions, true, out);
    case ReplyFormat::kRecordIo:
      return AppendRecords(predictions, out);
  }
}

}  // namespace sagebrush::serving
