#include "algorithms/data/channel_reader.h"

#include <fmt/format.h>

#include <cctype>

#include "algorithms/data/csv.h"
#include "algorithms/data/libsvm.h"
#include "algorithms/data/mapped_file.h"
#include "algorithms/data/parquet.h"
#include "algorithms/data/recordio.h"
#include "algorithms/job_log.h"

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

std::string ToLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

void CheckParameters(std::string_view content_type, std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = std::min(parameters.find(';'), parameters.size());
    const std::string_view parameter = Trim(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos || Trim(parameter.substr(0, equals)) != "label_size") continue;
    if (Trim(parameter.substr(equals + 1)) != "1") {
      throw Error(kClientError,
                  fmt::format("{} is not an accepted csv ContentType. Optional parameter label_size must be "
                              "equal to 1",
                              content_type));
    }
  }
}

bool IsHidden(const Path& path) {
  const std::string name = path.filename().string();
  return name.empty() || name.front() == '.' || name.front() == '_';
}

Dataset ReadText(std::span<const NamedText> texts, DataFormat format, bool csv_weights, int threads) {
  if (format == DataFormat::kRecordIo) return ReadRecords(texts, true);
  if (format == DataFormat::kLibsvm) return ReadLibsvm(texts, true, threads);
  std::string_view line;
  for (const NamedText& text : texts) {
    if (line = FirstLine(text.bytes); !line.empty()) break;
  }
  if (line.empty()) return {};
  const char delimiter = DetectDelimiter(line);
  if (delimiter == '\0') {
    throw Error(kClientError,
                fmt::format("Could not determine delimiter on line {}: separate the columns by commas, the "
                            "label first and then at least one feature.",
                            line.substr(0, 50)));
  }
  PrintInfo("Determined delimiter of CSV input is '{}'", delimiter);
  return ReadCsv(texts, {.delimiter = delimiter, .label = true, .weights = csv_weights}, threads);
}

}  // namespace

DataFormat FormatOf(std::string_view content_type) {
  if (Trim(content_type).empty()) return DataFormat::kLibsvm;
  const std::string lower = ToLower(content_type);
  const auto semicolon = std::min(lower.find(';'), lower.size());
  const std::string_view name = Trim(std::string_view(lower).substr(0, semicolon));
  std::string accepted;
  for (const FormatName& each : kFormats) {
    if (each.name == name) {
      const std::size_t rest = std::min(semicolon + 1, lower.size());
      if (each.format == DataFormat::kCsv) CheckParameters(content_type, std::string_view(lower).substr(rest));
      return each.format;
    }
    accepted += fmt::format("{}{}", accepted.empty() ? "" : ", ", each.name);
  }
  throw Error(kClientError, fmt::format("{} is not an accepted ContentType: {}.", content_type, accepted));
}

std::vector<Path> ListDataFiles(const Path& directory) {
  std::vector<Path> files;
  std::error_code error;
  if (std::filesystem::is_regular_file(directory, error)) return {directory};
  std::filesystem::recursive_directory_iterator at(directory,
                                                   std::filesystem::directory_options::follow_directory_symlink, error);
  for (const std::filesystem::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    if (IsHidden(at->path())) {
      at.disable_recursion_pending();
    } else if (at->is_regular_file()) {
      files.push_back(at->path());
    }
  }
  // Trained on half of its data, a model would look like any other.
  if (error && error != std::errc::no_such_file_or_directory) {
    throw Error(kClientError, fmt::format("The data in {} cannot be listed: {}.", directory.string(), error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

Dataset ReadChannel(const Channel& channel, bool csv_weights, int threads, std::span<const std::string> names) {
  const DataFormat format = FormatOf(channel.content_type);
  const std::vector<Path> files = ListDataFiles(channel.directory);
  if (format == DataFormat::kParquet) return files.empty() ? Dataset{} : ReadParquet(files, true, names);
  std::vector<MappedFile> mapped;
  std::vector<NamedText> texts;
  mapped.reserve(files.size());
  for (const Path& file : files) {
    mapped.emplace_back(file);
    texts.push_back({channel.name + "/" + file.lexically_relative(channel.directory).string(), mapped.back().bytes()});
  }
  try {
    return ReadText(texts, format, csv_weights, threads);
  } catch (const Error& error) {
    if (!Trim(channel.content_type).empty()) throw;
    throw Error(error.kind(),
                fmt::format("{} The channel has no ContentType, which means text/libsvm: give text/csv where "
                            "the data is CSV.",
                            error.what()));
  }
}

}  // namespace sagebrush::algorithms
