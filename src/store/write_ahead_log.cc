#include "store/write_ahead_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "base/error.h"

// The formats are those of sqlite.org/fileformat2.html#the_write_ahead_log and sqlite.org/walformat.html.
namespace sagebrush::store {
namespace {

constexpr std::size_t kHeaderSize = 32;
constexpr std::size_t kFrameHeaderSize = 24;
constexpr std::uint32_t kMagic = 0x377f0682;  // Its lowest bit: the byte order of the checksums.
constexpr std::uint32_t kPageSizeOfOurs = 4096;

using Words = std::array<std::uint32_t, 2>;

std::uint32_t BigEndian(const char* bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap32(value);
}

std::uint32_t Native(const char* bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

static_assert(std::endian::native == std::endian::little);

Words Checksum(std::string_view bytes, Words sum, bool big_endian) {
  const auto word = [&](std::size_t i) { return big_endian ? BigEndian(&bytes[i]) : Native(&bytes[i]); };
  for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
    sum[0] += word(i) + sum[1];
    sum[1] += word(i + 4) + sum[0];
  }
  return sum;
}

std::string ReadAt(const FileDescriptor& file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  const ssize_t n = ::pread(file.get(), bytes.data(), size, static_cast<off_t>(offset));
  bytes.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  return bytes;
}

// What the wal-index, FILE-shm, says of the log.
struct Index {
  std::string salts;
  std::uint32_t frames = 0;        // Of commits that are on the disk.
  std::uint32_t checkpointed = 0;  // Of these, how many are in the database itself.
};

// nullopt: there is none, or it was caught half written.
std::optional<Index> ReadIndex(const Path& file) {
  constexpr std::size_t kCopySize = 48, kSumAt = 40;
  const FileDescriptor shm(::open((file.string() + "-shm").c_str(), O_RDONLY | O_CLOEXEC));
  if (!shm.valid()) return std::nullopt;
  const std::string bytes = ReadAt(shm, 0, 2 * kCopySize + 4);
  if (bytes.size() < 2 * kCopySize + 4 || bytes.compare(0, kCopySize, bytes, kCopySize, kCopySize) != 0) {
    return std::nullopt;
  }
  const Words sum = Checksum(std::string_view(bytes).substr(0, kSumAt), {}, false);
  const bool initialised = bytes[12] != 0;
  if (!initialised || Words{Native(&bytes[kSumAt]), Native(&bytes[kSumAt + 4])} != sum) return std::nullopt;
  return Index{bytes.substr(32, 8), Native(&bytes[16]), Native(&bytes[2 * kCopySize])};
}

struct Frame {
  bool ends_commit = false;
  std::string salts;
  bool intact = false;  // Its checksum follows from the one before it.
};

// Reads a log frame by frame.
class Log {
 public:
  Log(const FileDescriptor& file, std::uint64_t size)
      : file_(file), size_(size), header_(ReadAt(file, 0, kHeaderSize)) {
    if (header_.size() < kHeaderSize) return;
    big_endian_ = (BigEndian(&header_[0]) & 1) != 0;
    const std::uint32_t page_size = BigEndian(&header_[8]);
    const bool plausible = std::has_single_bit(page_size) && page_size >= 512 && page_size <= 65536;
    page_size_ = plausible ? page_size : kPageSizeOfOurs;
    sum_ = Checksum(std::string_view(header_).substr(0, 24), {}, big_endian_);
    header_is_intact_ = plausible && (BigEndian(&header_[0]) & ~1U) == kMagic &&
                        sum_ == Words{BigEndian(&header_[24]), BigEndian(&header_[28])};
    chain_ = header_is_intact_;
  }

  std::string salts() const { return header_.size() < kHeaderSize ? "" : header_.substr(16, 8); }
  bool header_is_intact() const { return header_is_intact_; }

  // nullopt: no further whole frame.
  std::optional<Frame> Next() {
    if (header_.size() < kHeaderSize || offset_ + kFrameHeaderSize + page_size_ > size_) return std::nullopt;
    const std::string bytes = ReadAt(file_, offset_, kFrameHeaderSize);
    if (bytes.size() < kFrameHeaderSize) return std::nullopt;
    Frame frame{BigEndian(&bytes[4]) != 0, bytes.substr(8, 8)};
    const Words stated{BigEndian(&bytes[16]), BigEndian(&bytes[20])};
    // Behind the end of what is intact nobody asks for the pages, of which there may be a room of megabytes.
    chain_ = chain_ && frame.salts == salts() && SumOf(bytes) == stated;
    frame.intact = chain_;
    sum_ = stated;
    offset_ += kFrameHeaderSize + page_size_;
    return frame;
  }

  // Whether another process began the log anew meanwhile.
  bool IsStill() const { return ReadAt(file_, 0, kHeaderSize) == header_; }

 private:
  // The checksum that the frame at offset_, whose header is given, must have.
  Words SumOf(std::string_view frame_header) const {
    const std::string page = ReadAt(file_, offset_ + kFrameHeaderSize, page_size_);
    return Checksum(page, Checksum(frame_header.substr(0, 8), sum_, big_endian_), big_endian_);
  }

  const FileDescriptor& file_;
  const std::uint64_t size_;
  std::string header_;
  bool big_endian_ = false;
  std::size_t page_size_ = kPageSizeOfOurs;
  std::uint64_t offset_ = kHeaderSize;
  Words sum_{};
  bool header_is_intact_ = false;
  bool chain_ = false;  // All is intact up to here.
};

struct Findings {
  std::uint32_t committed = 0;  // Frames up to the last commit that SQLite will take.
  std::string salts;            // Of the log; of its first frame when its header is damaged.
  bool commits_behind_damage = false;
};

Findings LookThrough(Log& log) {
  Findings findings{.salts = log.salts()};
  bool ended_behind_damage = false;
  std::uint32_t count = 0;
  while (const auto frame = log.Next()) {
    ++count;
    if (frame->intact) {
      if (frame->ends_commit) findings.committed = count;
      continue;
    }
    if (count == 1 && !log.header_is_intact()) findings.salts = frame->salts;
    if (frame->salts != findings.salts) continue;  // Left of an earlier use of the file.
    findings.commits_behind_damage = findings.commits_behind_damage || ended_behind_damage;
    ended_behind_damage = ended_behind_damage || frame->ends_commit;
  }
  return findings;
}

// What is wrong with the log of the database `file`; empty: nothing.
std::string Damage(const Path& file) {
  const auto index = ReadIndex(file);  // First: the log only grows behind it.
  const bool needed = index && index->frames > index->checkpointed;
  const FileDescriptor log_file(::open((file.string() + "-wal").c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  const bool empty = !log_file.valid() || ::fstat(log_file.get(), &status) != 0 || status.st_size == 0;
  if (empty) return needed ? "is gone or empty" : "";
  Log log(log_file, static_cast<std::uint64_t>(status.st_size));
  const Findings findings = LookThrough(log);
  if (!log.IsStill()) return "";
  if (findings.commits_behind_damage) return fmt::format("is damaged behind its frame {}", findings.committed);
  const bool same = index && (index->salts == findings.salts || status.st_size < static_cast<off_t>(kHeaderSize));
  if (!needed || !same || index->frames <= findings.committed) return "";
  return fmt::format("is intact up to frame {} only, of {} that were committed", findings.committed, index->frames);
}

}  // namespace

void RequireIntactLog(const Path& file) {
  // A process that writes may overtake us, or end and tidy up: what is damaged is so when asked again.
  constexpr int kTries = 3;
  std::string damage;
  for (int i = 0; i < kTries; ++i) {
    damage = Damage(file);
    if (damage.empty()) return;
  }
  throw Error(
      kInternalFailure,
      fmt::format("The write-ahead log {0}-wal {1}: changes that were acknowledged would be lost in silence, so "
                  "nothing was opened or changed. Restore the data directory from a backup. To go on without "
                  "what is lost, first keep a copy of {0}*, then run: sqlite3 {0} 'PRAGMA "
                  "wal_checkpoint(TRUNCATE)'",
                  file.string(), damage));
}

}  // namespace sagebrush::store
