#include "serving/request_rows.h"

#include <array>

#include <fmt/format.h>

#include "algorithms/data/libsvm.h"
#include "algorithms/data/recordio.h"
#include "algorithms/data/text_chunk.h"
#include "base/error.h"
#include "base/text.h"

namespace sagebrush::serving {
namespace {

constexpr std::array kFormats{
    RequestTypes::Row{"text/csv", RowFormat::kCsv},
    RequestTypes::Row{"csv", RowFormat::kCsv},
    RequestTypes::Row{"text/libsvm", RowFormat::kLibsvm},
    RequestTypes::Row{"text/x-libsvm", RowFormat::kLibsvm},
    RequestTypes::Row{"libsvm", RowFormat::kLibsvm},
    RequestTypes::Row{"application/x-recordio-protobuf", RowFormat::kRecordIo},
    RequestTypes::Row{"recordio-protobuf", RowFormat::kRecordIo},
    RequestTypes::Row{"application/json", RowFormat::kJson},
    RequestTypes::Row{"application/jsonlines", RowFormat::kJsonLines},
};

std::string_view Strip(std::string_view text, std::string_view blanks = " \t\r\n\f\v") {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

// The text without what is around it: blanks, but no tabs, which may separate cells without values. Carriage returns,
// alone or before a line feed, become line feeds.
std::string_view PlainText(std::string_view body) {
  body = Strip(algorithms::WithoutByteOrderMarks(body), " \r\n\f\v");
  if (body.find('\r') == std::string_view::npos) return body;
  thread_local std::string plain;
  plain.clear();
  algorithms::ForEachLine(body, [](const algorithms::TextLine& line) {
    plain += line.text;
    plain += '\n';
  });
  plain.pop_back();  // The last line of a stripped text has no end.
  return plain;
}

void ReadLibsvmRows(std::string_view body, algorithms::Features& rows) {
  const algorithms::NamedText text{"the request", body};
  rows = algorithms::ReadLibsvm({&text, 1}, false, 1).features;
  // Lines of one number are rows of this format, of a label and nothing else; a column of a CSV file looks the same.
  if (rows.values.empty()) throw Error(kValidation, "no row has an index:value pair.");
}

void ReadByFormat(RowFormat format, std::string_view body, algorithms::Features& rows) {
  const algorithms::NamedText text{"the request", body};
  switch (format) {
    case RowFormat::kCsv:
      return ReadCsvRows(PlainText(body), rows);
    case RowFormat::kLibsvm:
      return ReadLibsvmRows(body, rows);
    case RowFormat::kRecordIo:
      rows = algorithms::ReadRecords({&text, 1}, algorithms::Labels::kNone).features;
      return;
    case RowFormat::kJson:
      return ReadJsonRows(PlainText(body), rows);
    case RowFormat::kJsonLines:
      return ReadJsonLinesRows(PlainText(body), rows);
  }
}

}  // namespace

RequestTypes::RequestTypes(std::span<const RowFormat> formats) {
  std::vector<std::string_view> names;
  for (const RowFormat format : formats) {
    const std::size_t first = rows_.size();
    std::copy_if(kFormats.begin(), kFormats.end(), std::back_inserter(rows_),
                 [&](const Row& row) { return row.format == format; });
    names.push_back(rows_[first].content_type);  // The first of a format is its usual name.
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    text_ += fmt::format("{}{}", i == 0 ? "" : i + 1 == names.size() ? " or " : ", ", names[i]);
  }
}

RowFormat RequestTypes::FormatOf(std::string_view content_type) const {
  if (Strip(content_type).empty()) {
    throw RequestError(
        415, fmt::format("The request has no Content-Type, which says how to read its body. Send {}.", text_));
  }
  const std::string_view media = Strip(content_type.substr(0, content_type.find(';')));
  for (const Row& row : rows_) {
    if (media == row.content_type) return row.format;
  }
  const std::string lower = Lower(media);
  for (const Row& row : rows_) {
    if (lower == row.content_type) return row.format;
  }
  throw RequestError(415, fmt::format("Content-type {} is not supported. Send {}.", content_type, text_));
}

std::string_view NameOf(RowFormat format) {
  static constexpr std::string_view kNames[] = {"csv", "libsvm", "recordio-protobuf", "json", "jsonlines"};
  return kNames[static_cast<std::size_t>(format)];
}

void ReadRows(RowFormat format, const RequestTypes& types, std::string_view body, algorithms::Features& rows) {
  rows.rows = rows.columns = 0;
  rows.values.clear();
  rows.offsets.clear();
  rows.indices.clear();
  try {
    ReadByFormat(format, body, rows);
  } catch (const Error& error) {
    throw RequestError(415, fmt::format("Loading {} data failed: {} The Content-Type says what the body is: {}.",
                                        NameOf(format), error.what(), types.text()));
  }
}

}  // namespace sagebrush::serving
