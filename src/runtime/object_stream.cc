#include "runtime/object_stream.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::runtime {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
constexpr std::uint32_t kRecordMagic = 0xCED7230A;
// Three of the length's bits tell of records in several parts.
constexpr std::int64_t kRecordBytesMax = (1 << 29) - 1;

// The bytes of the file as they are.
class PlainFile {
 public:
  explicit PlainFile(const FileDescriptor& file) : file_(file), piece_(new char[kPieceBytes]) {
    if (::lseek(file.get(), 0, SEEK_SET) != 0) ThrowSystemError("Cannot read an object");
  }

  // Empty: there are no more. Valid until the next call.
  std::string_view Next() {
    ssize_t n;
    do {
      n = ::read(file_.get(), piece_.get(), kPieceBytes);
    } while (n < 0 && errno == EINTR);
    if (n < 0) ThrowSystemError("Cannot read an object");
    return {piece_.get(), static_cast<std::size_t>(n)};
  }

 private:
  const FileDescriptor& file_;
  const std::unique_ptr<char[]> piece_;
};

// What is in a gzip file.
class GzipFile {
 public:
  explicit GzipFile(const FileDescriptor& file) : file_(file), piece_(new char[kPieceBytes]) {
    constexpr int kGzip = 16 + MAX_WBITS;
    if (::inflateInit2(&stream_, kGzip) != Z_OK) throw Error(kInternalFailure, "zlib could not be started.");
  }
  ~GzipFile() { ::inflateEnd(&stream_); }
  GzipFile(const GzipFile&) = delete;

  // As PlainFile's.
  std::string_view Next() {
    stream_.next_out = reinterpret_cast<Bytef*>(piece_.get());
    stream_.avail_out = kPieceBytes;
    while (stream_.avail_out > 0 && Read()) Inflate();
    return {piece_.get(), kPieceBytes - stream_.avail_out};
  }

 private:
  // Some of the file is there to be unpacked. False: it is over.
  bool Read() {
    if (stream_.avail_in > 0) return true;
    const std::string_view bytes = file_.Next();
    if (bytes.empty() && in_member_) throw Error(kValidation, "is no whole gzip file: it ends too early");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    return !bytes.empty();
  }

  void Inflate() {
    in_member_ = true;
    const int code = ::inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {  // Files that were joined have several members.
      in_member_ = false;
      ::inflateReset(&stream_);
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      throw Error(kValidation, fmt::format("is no gzip file: {}", stream_.msg != nullptr ? stream_.msg : "damaged"));
    }
  }

  PlainFile file_;
  const std::unique_ptr<char[]> piece_;
  z_stream stream_{};
  bool in_member_ = true;  // An empty file is no gzip file.
};

template <typename File>
bool Pour(const FileDescriptor& file, const ByteSink& sink) {
  File content(file);
  for (std::string_view bytes = content.Next(); !bytes.empty(); bytes = content.Next()) {
    if (!sink(bytes)) return false;
  }
  return true;
}

bool PourContent(const FileDescriptor& file, bool gzip, const ByteSink& sink) {
  return gzip ? Pour<GzipFile>(file, sink) : Pour<PlainFile>(file, sink);
}

std::int64_t FileBytes(const FileDescriptor& file) {
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) ThrowSystemError("Cannot read an object");
  return status.st_size;
}

// Only unpacking it tells. Stops behind what a record can hold.
std::int64_t UnpackedBytes(const FileDescriptor& file) {
  std::int64_t size = 0;
  PourContent(file, true, [&](std::string_view bytes) {
    size += static_cast<std::int64_t>(bytes.size());
    return size <= kRecordBytesMax;
  });
  return size;
}

}  // namespace

bool StreamObject(const FileDescriptor& file, const ObjectForm& form, const ByteSink& sink) {
  if (!form.record_io) return PourContent(file, form.gzip, sink);
  const std::int64_t size = form.gzip ? UnpackedBytes(file) : FileBytes(file);  // With which a record begins.
  if (size > kRecordBytesMax) {
    throw Error(kValidation,
                fmt::format("has more than the {} bytes that a RecordIO record can have", kRecordBytesMax));
  }
  const std::uint32_t head[] = {kRecordMagic, static_cast<std::uint32_t>(size)};
  if (!sink({reinterpret_cast<const char*>(head), sizeof head})) return false;
  if (!PourContent(file, form.gzip, sink)) return false;
  const auto padding = static_cast<std::size_t>((4 - size % 4) % 4);
  return padding == 0 || sink(std::string_view("\0\0\0", padding));
}

}  // namespace sagebrush::runtime
