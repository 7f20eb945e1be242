#include "base/line_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/crc32c.h"
#include "base/error.h"

namespace sagebrush {
namespace {

constexpr std::size_t kPrefixSize = 8;                     // Length and checksum.
constexpr std::size_t kTimesSize = 16;                     // What the checksum covers before the message.
constexpr std::size_t kMessageSizeMax = 16 * 1024 * 1024;  // A longer one in a file is damage.
constexpr std::size_t kReadSize = 256 * 1024;

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
  if (Crc32c(rest) != Load<std::uint32_t>(bytes.data() + 4)) {
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
    const bool at_end = filled < wanted;
    if (at_end || size_needed == 0) return offset;
    wanted = std::max(kReadSize, size_needed);
  }
}

}  // namespace

LineFileWriter::LineFileWriter(const Path& path)
    : path_(path), file_(OpenFile(path, O_RDWR | O_CREAT | O_APPEND, 0600)) {
  size_ = ReadRecords(file_.get(), 0, [](const LogLine&) { return true; });
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
  std::string record;
  record.reserve(kPrefixSize + kTimesSize + message.size());
  Save(static_cast<std::uint32_t>(message.size()), record);
  Save(std::uint32_t{0}, record);
  Save(time.milliseconds, record);
  Save(ingested.milliseconds, record);
  record.append(message);
  const std::uint32_t checksum = Crc32c(std::string_view(record).substr(kPrefixSize));
  std::memcpy(record.data() + 4, &checksum, sizeof checksum);
  try {
    WriteAll(file_.get(), record);
  } catch (const Error& error) {
    CutOff();  // A full disk: what follows must not stand behind half a record.
    throw Error(kInternalFailure, "Cannot append to " + path_.string() + ": " + error.what());
  }
  size_ += record.size();
}

void LineFileWriter::Sync() {
  if (::fdatasync(file_.get()) != 0) ThrowSystemError("Cannot sync " + path_.string());
}

std::uint64_t ReadLines(const Path& path, std::uint64_t offset, const std::function<bool(const LogLine&)>& each) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) return offset;
  if (!file.valid()) ThrowSystemError("Cannot open " + path.string());
  return ReadRecords(file.get(), offset, each);
}

}  // namespace sagebrush
