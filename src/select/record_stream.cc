#include "select/record_stream.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "select/record_writer.h"
#include "select/select_errors.h"

namespace sagebrush::select {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// False: nobody reads any more.
bool Write(const FileDescriptor& pipe, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(pipe.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EPIPE) return false;
    if (n < 0 && errno != EINTR) ThrowSystemError("Cannot hand records on");
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
  return true;
}

[[noreturn]] void ThrowTooLong() {
  throw Error(kOverMaxRecordSize, fmt::format("A record of the object has more than {} bytes.", kRecordBytesMax));
}

}  // namespace

RecordStream::RecordStream(ByteSource& source, const Input& input, const std::optional<ScanRange>& range,
                           std::uint64_t offset)
    : source_(source),
      input_(input),
      range_(range.value_or(ScanRange{})),
      delimiter_(input.format == SourceFormat::kCsv ? input.csv.record_delimiter : '\n'),
      at_(offset) {}

bool RecordStream::Fill() {
  const std::size_t used = bytes_.size();
  bytes_.resize(used + kReadBytes);
  const std::size_t n = source_.Read(bytes_.data() + used, kReadBytes);
  bytes_.resize(used + n);
  processed_.fetch_add(n, std::memory_order_relaxed);
  return n > 0;
}

std::vector<std::string> RecordStream::First() {
  bool more = Fill();
  while (more && bytes_.size() < kByteOrderMark.size()) more = Fill();
  if (at_ == 0 && bytes_.starts_with(kByteOrderMark)) {
    bytes_.erase(0, kByteOrderMark.size());
    at_ += kByteOrderMark.size();
  }
  for (;;) {
    const auto record = FirstRecord(input_.csv, bytes_, !more);
    if (!record) {
      if (bytes_.size() > kRecordBytesMax + kReadBytes) ThrowTooLong();
      more = Fill();
      continue;
    }
    const bool header = input_.csv.header != CsvInput::Header::kNone;
    const bool blank = record->fields.size() == 1 && record->fields[0].empty();
    const bool comment = input_.csv.comment != '\0' && bytes_.starts_with(input_.csv.comment);
    if (record->bytes == 0) return {};
    if (!blank && !comment && !header) return record->fields;
    bytes_.erase(0, record->bytes);
    at_ += record->bytes;
    if (!blank && !comment) return record->fields;
  }
}

// The first record that begins in the range: behind the delimiter before it.
void RecordStream::SkipToBegin() {
  if (at_ >= range_.begin) return;
  const std::uint64_t from = range_.begin - 1;
  do {
    const std::uint64_t start = from > at_ ? std::min<std::uint64_t>(from - at_, bytes_.size()) : 0;
    const std::size_t found = bytes_.find(delimiter_, static_cast<std::size_t>(start));
    if (found != std::string::npos) {
      bytes_.erase(0, found + 1);
      at_ += found + 1;
      return;
    }
    at_ += bytes_.size();
    bytes_.clear();
  } while (Fill());
}

std::size_t RecordStream::WithinRange() {
  if (at_ + bytes_.size() <= range_.end) return bytes_.size();
  const std::uint64_t last = range_.end > at_ ? range_.end - at_ : 0;
  const std::size_t found = bytes_.find(delimiter_, static_cast<std::size_t>(last));
  if (found == std::string::npos) return bytes_.size();
  ended_ = true;
  return found + 1;
}

// A record that lies within one piece is short enough.
void RecordStream::CheckSizes(std::string_view bytes) {
  if (input_.format == SourceFormat::kJson && !input_.json_lines) return;
  const std::size_t first = bytes.find(delimiter_);
  record_ += std::min(first, bytes.size());
  if (record_ > kRecordBytesMax) ThrowTooLong();
  if (first != std::string_view::npos) record_ = bytes.size() - bytes.rfind(delimiter_) - 1;
}

// DuckDB knows no other delimiter of records than a line end.
void RecordStream::PutLineEnds() {
  if (delimiter_ == '\n') return;
  if (bytes_.find('\n') != std::string::npos) {
    throw Error(
        kCSVParsingError,
        "The object has line breaks within its records: with a RecordDelimiter of its own that cannot be read.");
  }
  std::replace(bytes_.begin(), bytes_.end(), delimiter_, '\n');
}

void RecordStream::WriteTo(const FileDescriptor& pipe) {
  SkipToBegin();
  ended_ = at_ > range_.end;
  while (!ended_ && (!bytes_.empty() || Fill())) {
    const std::size_t wanted = WithinRange();
    bytes_.resize(wanted);
    CheckSizes(bytes_);
    PutLineEnds();
    if (!Write(pipe, bytes_)) return;
    at_ += bytes_.size();
    bytes_.clear();
  }
}

}  // namespace sagebrush::select
