#include "select/byte_source.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "select/select_errors.h"

namespace sagebrush::select {
namespace {

std::size_t ReadSome(int fd, char* buffer, std::size_t size) {
  for (;;) {
    const ssize_t n = ::read(fd, buffer, size);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) ThrowSystemError("Cannot read the object");
  }
}

class PlainSource : public ByteSource {
 public:
  explicit PlainSource(int fd) : fd_(fd) {}
  std::size_t Read(char* buffer, std::size_t size) override {
    const std::size_t n = ReadSome(fd_, buffer, size);
    scanned_.fetch_add(n, std::memory_order_relaxed);
    return n;
  }

 private:
  const int fd_;
};

class CompressedSource : public ByteSource {
 public:
  CompressedSource(int fd, int filter, std::string_view magic)
      : fd_(fd), magic_(magic), archive_(::archive_read_new()) {
    // The filter is the one that the request names: what is compressed by another, or not at all, is refused.
    if (archive_ == nullptr || ::archive_read_append_filter(archive_, filter) < ARCHIVE_WARN ||
        ::archive_read_support_format_raw(archive_) != ARCHIVE_OK ||
        ::archive_read_support_format_empty(archive_) != ARCHIVE_OK) {
      throw Error(kInternalError, "libarchive cannot uncompress this.");
    }
  }
  ~CompressedSource() override { ::archive_read_free(archive_); }

  std::size_t Read(char* buffer, std::size_t size) override {
    if (!open_) Open();
    if (empty_) return 0;
    const la_ssize_t n = ::archive_read_data(archive_, buffer, size);
    if (n < 0) Fail();
    return static_cast<std::size_t>(n);
  }

 private:
  // libarchive takes what it does not know for something to hand on.
  void CheckBeginning() {
    while (begun_ < kMagicBytesMax) {
      const std::size_t n = ReadSome(fd_, stored_.data() + begun_, stored_.size() - begun_);
      if (n == 0) break;
      begun_ += n;
      scanned_.fetch_add(n, std::memory_order_relaxed);
    }
    if (begun_ > 0 && !std::string_view(stored_.data(), begun_).starts_with(magic_)) {
      throw Error(kInvalidCompressionFormat, "The object is not compressed in the form that CompressionType says.");
    }
  }

  void Open() {
    open_ = true;
    CheckBeginning();
    if (::archive_read_open(archive_, this, nullptr, Feed, nullptr) != ARCHIVE_OK) Fail();
    archive_entry* entry = nullptr;
    const int result = ::archive_read_next_header(archive_, &entry);
    empty_ = result == ARCHIVE_EOF;
    if (!empty_ && result != ARCHIVE_OK) Fail();
  }

  static la_ssize_t Feed(archive*, void* self, const void** begin) {
    auto& source = *static_cast<CompressedSource*>(self);
    std::size_t n = std::exchange(source.begun_, 0);
    if (n == 0) {
      n = ReadSome(source.fd_, source.stored_.data(), source.stored_.size());
      source.scanned_.fetch_add(n, std::memory_order_relaxed);
    }
    *begin = source.stored_.data();
    return static_cast<la_ssize_t>(n);
  }

  [[noreturn]] void Fail() {
    const char* const text = ::archive_error_string(archive_);
    const std::string what = text == nullptr ? "unknown error" : text;
    if (what.find("runcated") != std::string::npos) {
      throw Error(kTruncatedInput, fmt::format("The object's compression is cut off: {}.", what));
    }
    throw Error(kInvalidCompressionFormat,
                fmt::format("The object is not compressed in the form that CompressionType says: {}.", what));
  }

  static constexpr std::size_t kMagicBytesMax = 3;

  const int fd_;
  const std::string_view magic_;  // What it begins with.
  archive* const archive_;
  std::array<char, 128 << 10> stored_;
  std::size_t begun_ = 0;  // Read into stored_ and not handed on.
  bool open_ = false;
  bool empty_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> OpenSource(int fd, Compression compression) {
  if (compression == Compression::kNone) return std::make_unique<PlainSource>(fd);
  if (compression == Compression::kGzip) {
    return std::make_unique<CompressedSource>(fd, ARCHIVE_FILTER_GZIP, "\x1f\x8b");
  }
  return std::make_unique<CompressedSource>(fd, ARCHIVE_FILTER_BZIP2, "BZh");
}

}  // namespace sagebrush::select
