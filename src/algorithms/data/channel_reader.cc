#include "algorithms/data/channel_reader.h"

#include <unistd.h>

#include <cerrno>
#include <limits>

#include <fmt/format.h>

#include "algorithms/data/content_type.h"
#include "algorithms/data/csv.h"
#include "algorithms/data/libsvm.h"
#include "algorithms/data/recordio.h"
#include "algorithms/job_log.h"

namespace sagebrush::algorithms {
namespace {

bool IsHidden(const Path& path) {
  const std::string name = path.filename().string();
  return name.empty() || name.front() == '.' || name.front() == '_';
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::string_view FirstLineOf(std::span<const NamedText> parts) {
  for (const NamedText& part : parts) {
    if (const std::string_view line = FirstLine(part.bytes); !line.empty()) return line;
  }
  return {};
}

char DelimiterOf(std::string_view line, bool label) {
  const char delimiter = DetectDelimiter(line);
  if (delimiter == '\0' && !label) return ',';  // One feature a row.
  if (delimiter == '\0') {
    throw Error(kClientError,
                fmt::format("Could not determine delimiter on line {}: separate the columns by commas, the "
                            "label first and then at least one feature.",
                            line.substr(0, 50)));
  }
  PrintInfo("Determined delimiter of CSV input is '{}'", delimiter);
  return delimiter;
}

}  // namespace

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

ChannelReader::ChannelReader(const Channel& channel, ReadOptions options)
    : channel_(channel), options_(std::move(options)) {
  if (channel.pipes == nullptr) files_ = ListDataFiles(channel.directory);
  Rewind();
}

ChannelReader::~ChannelReader() = default;

void ChannelReader::Rewind() {
  mapped_.clear();
  next_ = at_ = 0;
  pipe_.Close();
  piped_.clear();
  pipe_is_over_ = false;
  if (channel_.format != DataFormat::kParquet) return;
  parquet_ = std::make_unique<ParquetReader>(files_, channel_.labels != Labels::kNone, options_.names);
}

bool ChannelReader::Next(Dataset& rows) {
  do {
    if (parquet_ != nullptr) {
      rows = parquet_->Next(options_.batch_bytes);
      return rows.features.rows > 0;
    }
    const std::vector<NamedText> parts = channel_.pipes == nullptr ? TakeParts() : TakePartOfPipe();
    if (parts.empty()) {
      rows = {};
      return false;
    }
    try {
      rows = Read(parts);
    } catch (const Error& error) {
      if (!IsBlank(channel_.content_type) || channel_.format == DataFormat::kCsv) throw;
      throw Error(error.kind(), fmt::format("{} The channel has no ContentType, which means {}: give text/csv where "
                                            "the data is CSV.",
                                            error.what(), ContentTypeOf(channel_.format)));
    }
    CheckColumns(rows);
    ForgetFiles();
  } while (rows.features.rows == 0);  // Files may be empty.
  return true;
}

// The next parts of the files, about as long together as is to be read at a time.
std::vector<NamedText> ChannelReader::TakeParts() {
  std::vector<NamedText> parts;
  for (std::size_t taken = 0; taken < options_.batch_bytes;) {
    if (mapped_.empty() || at_ == mapped_.back().bytes().size()) {
      if (next_ == files_.size()) break;
      mapped_.emplace_back(files_[next_++]);
      at_ = 0;
    }
    const std::string_view bytes = mapped_.back().bytes();
    const std::size_t wanted = options_.batch_bytes - taken;
    std::size_t end = bytes.size();
    if (end - at_ > wanted) {
      end = channel_.format == DataFormat::kRecordIo ? EndOfRecord(bytes, at_, at_ + wanted - 1)
                                                     : EndOfLine(bytes, at_ + wanted - 1);
    }
    const std::string name = files_[next_ - 1].lexically_relative(channel_.directory).string();
    parts.push_back({channel_.name + "/" + name, bytes, at_, end});
    taken += end - at_;
    at_ = end;
  }
  return parts;
}

// The rows that are whole of about as many bytes as are to be read at a time.
std::vector<NamedText> ChannelReader::TakePartOfPipe() {
  if (!pipe_.valid()) pipe_ = channel_.pipes->OpenNext();
  piped_.erase(0, at_);
  at_ = 0;
  for (std::size_t wanted = options_.batch_bytes;; wanted = piped_.size() * 2) {  // A row may be longer.
    const bool over = !FillFromPipe(wanted);
    if (over) {
      at_ = piped_.size();
    } else if (channel_.format == DataFormat::kRecordIo) {
      at_ = EndOfWholeRecords(piped_);
    } else {
      at_ = piped_.rfind('\n') + 1;
    }
    if (at_ > 0) return {{channel_.pipes->name(), piped_, 0, at_}};
    if (over) return {};
  }
}

// Until there are `bytes`. False: there are no more than there are now.
bool ChannelReader::FillFromPipe(std::size_t bytes) {
  constexpr std::size_t kPieceBytes = 1 << 20;
  while (!pipe_is_over_ && piped_.size() < bytes) {
    const std::size_t before = piped_.size();
    piped_.resize(before + std::min(kPieceBytes, bytes - before));
    const ssize_t n = ::read(pipe_.get(), piped_.data() + before, piped_.size() - before);
    if (n < 0 && errno != EINTR) ThrowSystemError("Cannot read the pipe " + channel_.pipes->name());
    piped_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    pipe_is_over_ = n == 0;
  }
  return !pipe_is_over_;
}

Dataset ChannelReader::Read(std::span<const NamedText> parts) {
  if (channel_.format == DataFormat::kRecordIo) return ReadRecords(parts, channel_.labels);
  if (channel_.format == DataFormat::kLibsvm) {
    return ReadLibsvm(parts, channel_.labels != Labels::kNone, options_.threads);
  }
  return ReadCsvParts(parts);
}

Dataset ChannelReader::ReadCsvParts(std::span<const NamedText> parts) {
  const bool label = channel_.labels != Labels::kNone;
  if (delimiter_ == '\0') {
    const std::string_view line = FirstLineOf(parts);
    if (line.empty()) return {};
    delimiter_ = DelimiterOf(line, label);
  }
  const CsvFormat format{.delimiter = delimiter_, .label = label, .weights = options_.csv_weights, .cells = cells_};
  Dataset rows = ReadCsv(parts, format, options_.threads);
  if (rows.features.rows > 0) cells_ = rows.features.columns + (label ? 1 : 0) + (format.weights ? 1 : 0);
  return rows;
}

// Within the rows that are read at a time the readers have checked it.
void ChannelReader::CheckColumns(const Dataset& rows) {
  const Features& features = rows.features;
  if (features.sparse() || features.rows == 0) return;
  if (columns_ == 0) columns_ = features.columns;
  if (columns_ == features.columns) return;
  throw Error(kClientError, fmt::format("The {} channel has rows of {} features behind rows of {}: all need the same.",
                                        channel_.name, features.columns, columns_));
}

// Gives back the memory of what is read.
void ChannelReader::ForgetFiles() {
  while (mapped_.size() > 1) mapped_.pop_front();
  if (!mapped_.empty()) mapped_.back().Forget(at_);
}

Dataset ReadChannel(const Channel& channel, ReadOptions options) {
  options.batch_bytes = std::numeric_limits<std::size_t>::max();
  Dataset rows;
  ChannelReader(channel, std::move(options)).Next(rows);
  return rows;
}

}  // namespace sagebrush::algorithms
