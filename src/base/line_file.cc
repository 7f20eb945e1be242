#include "base/line_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <iterator>

#include "base/crc.h"
#include "base/error.h"

namespace sagebrush {
namespace {

constexpr std::size_t kPrefixSize = 8;                     // Length and checksum.
constexpr std::size_t kTimesSize = 16;                     // What the checksum covers before the message.
constexpr std::size_t kMessageSizeMax = 16 * 1024 * 1024;  // A longer one in a file is damage.
constexpr std::size_t kReadSize = 256 * 1024;
// Of the end of a file that is searched for last lines; the next size is eight times the last.
constexpr std::size_t kEndSizeLeast = 64 * 1024, kEndSizeMost = 4 * 1024 * 1024;
constexpr int kBeginningsTried = 8;

template <typename T>
T Load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
void Save(T value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// The first record of `bytes`; nullopt when it is not whole. `size_needed` then says how long it claims to be, 0:
// damage.
std::optional<LogLine> ParseRecord(std::string_view bytes, std::uint64_t offset, std::size_t& size_needed) {
  size_needed = kPrefixSize + kTimesSize;
  if (bytes.size() < size_needed) return std::nullopt;
  const auto length = Load<std::uint32_t>(bytes.data());
  if (length > kMessageSizeMax) {
    size_needed = 0;
    return std::nullopt;
  }
  size_needed += length;
  if (bytes.size() < size_needed) return std::nullopt;
  const std::string_view rest = bytes.substr(kPrefixSize, kTimesSize + length);
  if (Crc32c(0, rest) != Load<std::uint32_t>(bytes.data() + 4)) {
    size_needed = 0;
    return std::nullopt;
  }
  return LogLine{.time = {Load<std::int64_t>(rest.data())},
                 .ingested = {Load<std::int64_t>(rest.data() + 8)},
                 .message = std::string(rest.substr(kTimesSize)),
                 .offset = offset,
                 .next = offset + size_needed};
}

std::size_t ReadAt(int fd, std::uint64_t offset, char* buffer, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::pread(fd, buffer + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) ThrowSystemError("Cannot read a log file");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

// At the beginning of a file whose oldest records were dropped: a record that says so, for people, and behind it where
// what is kept begins: [u32 kDroppedMark][u32 crc32c of the rest][u64 offset][u64 lines dropped][u64 their bytes].
struct Dropped {
  std::uint64_t until = 0;
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
};
constexpr std::uint32_t kDroppedMark = 0xffff'ffff;
constexpr std::size_t kDroppedSize = kPrefixSize + sizeof(Dropped);
constexpr std::size_t kHeaderMax = 512;
// Only whole blocks become holes.
constexpr std::uint64_t kBlockSize = 4096;
constexpr int kMakeHole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

std::optional<Dropped> ParseDropped(std::string_view bytes) {
  if (bytes.size() < kDroppedSize || Load<std::uint32_t>(bytes.data()) != kDroppedMark) return std::nullopt;
  const std::string_view rest = bytes.substr(kPrefixSize, sizeof(Dropped));
  if (Crc32c(0, rest) != Load<std::uint32_t>(bytes.data() + 4)) return std::nullopt;
  return Load<Dropped>(rest.data());
}

Dropped ReadDropped(int fd) {
  char header[kHeaderMax];
  const std::string_view bytes(header, ReadAt(fd, 0, header, sizeof header));
  std::size_t size = 0;
  const auto said = ParseRecord(bytes, 0, size);
  if (!said) return {};
  return ParseDropped(bytes.substr(said->next)).value_or(Dropped{});
}

std::string RecordOf(Time time, Time ingested, std::string_view message) {
  std::string record;
  record.reserve(kPrefixSize + kTimesSize + message.size());
  Save(static_cast<std::uint32_t>(message.size()), record);
  Save(std::uint32_t{0}, record);
  Save(time.milliseconds, record);
  Save(ingested.milliseconds, record);
  record.append(message);
  const std::uint32_t checksum = Crc32c(0, std::string_view(record).substr(kPrefixSize));
  std::memcpy(record.data() + 4, &checksum, sizeof checksum);
  return record;
}

std::string HeaderOf(const Dropped& dropped, Time first_kept) {
  std::string header = RecordOf(first_kept, first_kept,
                                "sagebrush: " + std::to_string(dropped.lines) + " lines (" +
                                    std::to_string(dropped.bytes) + " bytes) before this one were dropped.");
  const std::string rest(reinterpret_cast<const char*>(&dropped), sizeof dropped);
  Save(kDroppedMark, header);
  Save(Crc32c(0, rest), header);
  return header + rest;
}

std::uint64_t ReadRecords(int fd, std::uint64_t offset, const std::function<bool(const LogLine&)>& each) {
  std::string buffer;
  std::size_t wanted = kReadSize;
  for (;;) {
    buffer.resize(wanted);
    const std::size_t filled = ReadAt(fd, offset, buffer.data(), wanted);
    std::string_view bytes(buffer.data(), filled);
    std::size_t size_needed = 0;
    while (const auto line = ParseRecord(bytes, offset, size_needed)) {
      bytes.remove_prefix(size_needed);
      offset = line->next;
      if (!each(*line)) return offset;
    }
    // What stood here was dropped, or is where the header says so.
    if (const Dropped dropped = size_needed == 0 ? ReadDropped(fd) : Dropped(); dropped.until > offset) {
      offset = dropped.until;
      wanted = kReadSize;
      continue;
    }
    const bool at_end = filled < wanted;
    if (at_end || size_needed == 0) return offset;
    wanted = std::max(kReadSize, size_needed);
  }
}

// The records of `bytes` if they fill it to its end; empty: they do not.
std::vector<LogLine> RecordsOfAll(std::string_view bytes, std::uint64_t offset) {
  std::vector<LogLine> lines;
  std::size_t size = 0;
  while (auto line = ParseRecord(bytes, offset, size)) {
    bytes.remove_prefix(size);
    offset = line->next;
    lines.push_back(std::move(*line));
  }
  return bytes.empty() ? std::move(lines) : std::vector<LogLine>();
}

// The whole records of `bytes`, the end of a file, which may begin inside a record; empty: none was found.
// Records tell only where the next one begins. So, from the end on, each place is marked whose lengths lead to the end:
// a record does, and other bytes seldom, so that few checksums are computed, whatever a message holds.
std::vector<LogLine> RecordsAtEnd(std::string_view bytes, std::uint64_t offset) {
  std::vector<bool> leads(bytes.size() + 1);
  leads[bytes.size()] = true;
  for (std::size_t at = bytes.size(); at-- > 0;) {
    if (bytes.size() - at < kPrefixSize + kTimesSize) continue;
    const std::size_t next = at + kPrefixSize + kTimesSize + Load<std::uint32_t>(bytes.data() + at);
    leads[at] = next <= bytes.size() && leads[next];
  }
  int tried = 0;
  for (std::size_t at = 0; at < bytes.size() && tried < kBeginningsTried; ++at) {
    if (!leads[at]) continue;
    ++tried;
    if (auto lines = RecordsOfAll(bytes.substr(at), offset + at); !lines.empty()) return lines;
  }
  return {};
}

// As ReadLastLines; empty: the end does not show them.
std::vector<LogLine> LastLinesByEnd(int fd, std::size_t count) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) ThrowSystemError("Cannot look at a log file");
  const auto file_size = static_cast<std::uint64_t>(status.st_size);
  const std::uint64_t begin = ReadDropped(fd).until;
  std::string buffer;
  for (std::size_t size = kEndSizeLeast; size <= kEndSizeMost && begin + size < file_size; size *= 8) {
    buffer.resize(size);
    const std::uint64_t offset = file_size - size;
    if (ReadAt(fd, offset, buffer.data(), size) < size) return {};
    std::vector<LogLine> lines = RecordsAtEnd(buffer, offset);
    if (lines.size() >= count) return {lines.end() - static_cast<std::ptrdiff_t>(count), lines.end()};
  }
  return {};
}

}  // namespace

LineFileWriter::LineFileWriter(const Path& path, std::uint64_t bytes_max)
    : path_(path), file_(OpenFile(path, O_RDWR | O_CREAT | O_APPEND, 0600)), bytes_max_(bytes_max) {
  begin_ = ReadDropped(file_.get()).until;
  size_ = ReadRecords(file_.get(), begin_, [](const LogLine&) { return true; });
  CutOff();
}

void LineFileWriter::CutOff() {
  struct stat status{};
  if (::fstat(file_.get(), &status) != 0) ThrowSystemError("Cannot look at " + path_.string());
  if (static_cast<std::uint64_t>(status.st_size) == size_) return;
  if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) ThrowSystemError("Cannot shorten " + path_.string());
}

void LineFileWriter::Append(Time time, Time ingested, std::string_view message) {
  if (message.size() > kMessageSizeMax) {
    throw Error(kInternalFailure, "A line for " + path_.string() + " is longer than 16 MiB: split it");
  }
  if (bytes_max_ > 0 && size_ - begin_ > 2 * bytes_max_) {
    throw Error(kInternalFailure, path_.string() + " is full, and its file system cannot make room in it");
  }
  const std::string record = RecordOf(time, ingested, message);
  try {
    WriteAll(file_.get(), record);
  } catch (const Error& error) {
    CutOff();  // A full disk: what follows must not stand behind half a record.
    throw Error(kInternalFailure, "Cannot append to " + path_.string() + ": " + error.what());
  }
  size_ += record.size();
  if (bytes_max_ > 0 && size_ - begin_ > bytes_max_) DropOldest();
}

void LineFileWriter::DropOldest() {
  const std::uint64_t least = size_ - bytes_max_ / 4 * 3;
  const std::uint64_t offset = ReadRecords(file_.get(), begin_, [&](const LogLine& line) { return line.next < least; });
  DropLinesBefore(path_, offset);
  begin_ = ReadDropped(file_.get()).until;
}

void LineFileWriter::Sync() {
  if (::fdatasync(file_.get()) != 0) ThrowSystemError("Cannot sync " + path_.string());
}

void DropLinesBefore(const Path& path, std::uint64_t offset) {
  const FileDescriptor file = OpenFile(path, O_RDWR);
  // Against another process that drops: the header must not say less than what is gone.
  if (::flock(file.get(), LOCK_EX) != 0) ThrowSystemError("Cannot lock " + path.string());
  Dropped dropped = ReadDropped(file.get());
  const std::uint64_t begin = dropped.until;
  if (offset < std::max(begin, 2 * kBlockSize)) return;
  Time first_kept;
  ReadRecords(file.get(), begin, [&](const LogLine& line) {
    first_kept = line.time;
    if (line.offset >= offset) return false;
    ++dropped.lines;
    dropped.bytes += line.message.size();
    return true;
  });
  dropped.until = offset;
  const std::string header = HeaderOf(dropped, first_kept);
  const auto hole_from = static_cast<off_t>(std::max(kBlockSize, begin / kBlockSize * kBlockSize));
  const auto hole_until = static_cast<off_t>(offset / kBlockSize * kBlockSize);
  // Tried behind the end, where there is nothing: before the header says that lines are gone.
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) ThrowSystemError("Cannot look at " + path.string());
  if (::fallocate(file.get(), kMakeHole, status.st_size + (1 << 20), 1) != 0) return;
  if (::pwrite(file.get(), header.data(), header.size(), 0) != static_cast<ssize_t>(header.size()) ||
      ::fdatasync(file.get()) != 0) {
    ThrowSystemError("Cannot write to " + path.string());
  }
  ::fallocate(file.get(), kMakeHole, hole_from, hole_until - hole_from);
}

std::uint64_t FirstKeptOffset(const Path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file.valid() ? ReadDropped(file.get()).until : 0;
}

std::uint64_t ReadLines(const Path& path, std::uint64_t offset, const std::function<bool(const LogLine&)>& each) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) return offset;
  if (!file.valid()) ThrowSystemError("Cannot open " + path.string());
  return ReadRecords(file.get(), offset, each);
}

std::vector<LogLine> ReadLastLines(const Path& path, std::size_t count) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) return {};
  if (!file.valid()) ThrowSystemError("Cannot open " + path.string());
  if (auto lines = LastLinesByEnd(file.get(), count); !lines.empty()) return lines;
  std::deque<LogLine> lines;
  ReadRecords(file.get(), 0, [&](const LogLine& line) {
    lines.push_back(line);
    if (lines.size() > count) lines.pop_front();
    return true;
  });
  return {std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end())};
}

}  // namespace sagebrush
