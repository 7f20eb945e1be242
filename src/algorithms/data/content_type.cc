#include "algorithms/data/content_type.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sagebrush::algorithms {
namespace {

struct FormatName {
  std::string_view name;
  DataFormat format;
};

constexpr FormatName kFormats[] = {
    {"csv", DataFormat::kCsv},
    {"libsvm", DataFormat::kLibsvm},
    {"parquet", DataFormat::kParquet},
    {"recordio-protobuf", DataFormat::kRecordIo},
    {"text/csv", DataFormat::kCsv},
    {"text/libsvm", DataFormat::kLibsvm},
    {"text/x-libsvm", DataFormat::kLibsvm},
    {"application/x-parquet", DataFormat::kParquet},
    {"application/x-recordio-protobuf", DataFormat::kRecordIo},
};

// The labels of CSV, of its parameter label_size.
Labels LabelsOf(std::string_view content_type, std::string_view parameters, Labels declared) {
  Labels labels = declared == Labels::kNone ? Labels::kNone : Labels::kRequired;
  while (!parameters.empty()) {
    const auto end = std::min(parameters.find(';'), parameters.size());
    const std::string_view parameter = Trim(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos || Trim(parameter.substr(0, equals)) != "label_size") continue;
    const std::string_view size = Trim(parameter.substr(equals + 1));
    const bool none = size == "0" && declared != Labels::kRequired;
    if (!none && (size != "1" || declared == Labels::kNone)) {
      throw Error(kClientError,
                  fmt::format("{} is not an accepted csv ContentType. Optional parameter label_size must be equal to "
                              "{}",
                              content_type,
                              declared == Labels::kRequired ? "1"
                              : declared == Labels::kNone   ? "0"
                                                            : "0 or 1"));
    }
    labels = none ? Labels::kNone : Labels::kRequired;
  }
  return labels;
}

bool Takes(const ChannelDeclaration& declared, DataFormat format) {
  return std::find(declared.formats.begin(), declared.formats.end(), format) != declared.formats.end();
}

}  // namespace

ContentType ParseContentType(std::string_view content_type, const ChannelDeclaration& declared) {
  if (Trim(content_type).empty()) return {declared.formats.front(), declared.labels};
  const std::string lower = Lower(content_type);
  const auto semicolon = std::min(lower.find(';'), lower.size());
  const std::string_view name = Trim(std::string_view(lower).substr(0, semicolon));
  std::string accepted;
  for (const FormatName& each : kFormats) {
    if (!Takes(declared, each.format)) continue;
    if (each.name == name) {
      const std::string_view parameters = std::string_view(lower).substr(std::min(semicolon + 1, lower.size()));
      const bool csv = each.format == DataFormat::kCsv;
      return {each.format, csv ? LabelsOf(content_type, parameters, declared.labels) : declared.labels};
    }
    accepted += fmt::format("{}{}", accepted.empty() ? "" : ", ", each.name);
  }
  throw Error(kClientError, fmt::format("{} is not an accepted ContentType: {}.", content_type, accepted));
}

std::string_view ContentTypeOf(DataFormat format) {
  switch (format) {
    case DataFormat::kCsv:
      return "text/csv";
    case DataFormat::kLibsvm:
      return "text/libsvm";
    case DataFormat::kParquet:
      return "application/x-parquet";
    case DataFormat::kRecordIo:
      return "application/x-recordio-protobuf";
  }
  return "";
}

}  // namespace sagebrush::algorithms
