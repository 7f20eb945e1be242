#include "serving/request_rows.h"

#include <array>

#include <fmt/format.h>

#include "algorithms/data/libsvm.h"
#include "algorithms/data/recordio.h"
#include "base/error.h"

namespace sagebrush::serving {
namespace {

struct FormatRow {
  std::string_view content_type;
  RowFormat format;
};

constexpr std::array kFormats{
    FormatRow{"text/csv", RowFormat::kCsv},
    FormatRow{"csv", RowFormat::kCsv},
    FormatRow{"text/libsvm", RowFormat::kLibsvm},
    FormatRow{"text/x-libsvm", RowFormat::kLibsvm},
    FormatRow{"libsvm", RowFormat::kLibsvm},
    FormatRow{"application/x-recordio-protobuf", RowFormat::kRecordIo},
    FormatRow{"recordio-protobuf", RowFormat::kRecordIo},
    FormatRow{"application/json", RowFormat::kJson},
    FormatRow{"application/jsonlines", RowFormat::kJsonLines},
};

std::string_view Strip(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

void ReadByFormat(RowFormat format, std::string_view body, algorithms::Features& rows) {
  const algorithms::NamedText text{"the request", body};
  switch (format) {
    case RowFormat::kCsv:
      return ReadCsvRows(Strip(body), rows);
    case RowFormat::kLibsvm:
      rows = algorithms::ReadLibsvm({&text, 1}, false, 1).features;
      return;
    case RowFormat::kRecordIo:
      rows = algorithms::ReadRecords({&text, 1}, false).features;
      return;
    case RowFormat::kJson:
      return ReadJsonRows(Strip(body), rows);
    case RowFormat::kJsonLines:
      return ReadJsonLinesRows(Strip(body), rows);
  }
}

}  // namespace

RowFormat FormatOfContentType(std::string_view content_type) {
  if (content_type.empty()) return RowFormat::kLibsvm;
  const std::string_view media = Strip(content_type.substr(0, content_type.find(';')));
  for (const FormatRow& row : kFormats) {
    if (media == row.content_type) return row.format;
  }
  std::string lower(media);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  for (const FormatRow& row : kFormats) {
    if (lower == row.content_type) return row.format;
  }
  throw RequestError(415, fmt::format("Content-type {} is not supported. Send text/csv, text/libsvm, "
                                      "application/x-recordio-protobuf, application/json or application/jsonlines.",
                                      content_type));
}

std::string_view NameOf(RowFormat format) {
  static constexpr std::string_view kNames[] = {"csv", "libsvm", "recordio-protobuf", "json", "jsonlines"};
  return kNames[static_cast<std::size_t>(format)];
}

void ReadRows(RowFormat format, std::string_view body, algorithms::Features& rows) {
  rows.rows = rows.columns = 0;
  rows.values.clear();
  rows.offsets.clear();
  rows.indices.clear();
  try {
    ReadByFormat(format, body, rows);
  } catch (const Error& error) {
    throw RequestError(415, fmt::format("Loading {} data failed: {}", NameOf(format), error.what()));
  }
}

}  // namespace sagebrush::serving
