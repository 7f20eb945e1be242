#include "objects/object_reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/log.h"
#include "objects/extent.h"

namespace sagebrush::objects {
namespace {

// Large enough for the network, small enough for the cache and for a thousand readers.
constexpr std::uint64_t kPiece = 256 << 10;

}  // namespace

std::string StreamName(int part) { return part == 0 ? "object" : "part " + std::to_string(part); }

ObjectReader::ObjectReader(OpenedObject opened, ByteRange range)
    : opened_(std::move(opened)), at_(range.offset), end_(range.offset + range.length) {
  if (opened_.IsPlain()) return;
  if (!opened_.data_key) throw Error(kInternalFailure, "Object " + opened_.object.key + " is read without its key.");
  struct stat status{};
  if (::fstat(opened_.file->get(), &status) != 0) ThrowSystemError("Cannot look at an object's file");
  if (static_cast<std::uint64_t>(status.st_size) != StoredSize(opened_.object)) ThrowDamaged();
}

// The stream that has the byte at_; some may be empty.
void ObjectReader::FindStream() {
  const std::vector<Part>& parts = opened_.object.parts;
  if (parts.empty()) {
    stream_ = {.size = opened_.object.size, .name = StreamName(0)};
  } else {
    while (at_ >= stream_.begin + stream_.size) {
      const Part& part = parts.at(next_part_++);
      stream_ = {.begin = stream_.begin + stream_.size,
                 .stored_begin = stream_.stored_begin + stream_.stored_size,
                 .size = part.size,
                 .stored_size = EncryptedSize(part.size),
                 .name = StreamName(part.number)};
    }
  }
  std::string header(kStreamHeaderSize, '\0');
  ReadStored(stream_.stored_begin, header.data(), header.size());
  decryptor_.emplace(*opened_.data_key, stream_.name, header, stream_.size);
}

void ObjectReader::Next(std::string& bytes) {
  if (opened_.IsPlain()) {
    bytes.resize(std::min(kPiece, end_ - at_));
    ReadStored(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
    return;
  }
  std::size_t used = 0;
  while (at_ < end_ && used + kSegmentSize <= kPiece) used = AddSegment(bytes, used);
  bytes.resize(used);  // Not before: what it had need not be cleared first.
}

std::size_t ObjectReader::AddSegment(std::string& bytes, std::size_t used) {
  if (at_ >= stream_.begin + stream_.size || !decryptor_) FindStream();
  const std::uint64_t segment = SegmentAt(at_ - stream_.begin);
  const std::size_t size = decryptor_->TextSize(segment);
  stored_.resize(size + GcmCipher::kTagSize);
  ReadStored(stream_.stored_begin + SegmentStoredBegin(segment), stored_.data(), stored_.size());
  bytes.resize(std::max(bytes.size(), used + size));
  char* const text = bytes.data() + used;
  if (!decryptor_->Decrypt(segment, stored_, text)) ThrowDamaged();
  const std::uint64_t begin = stream_.begin + SegmentTextBegin(segment), end = std::min(begin + size, end_);
  if (at_ > begin) std::memmove(text, text + (at_ - begin), end - at_);
  used += end - at_;
  at_ = end;
  return used;
}

void ObjectReader::ReadStored(std::uint64_t offset, char* out, std::size_t size) const {
  while (size > 0) {
    const std::size_t n = ReadAt(opened_.file->get(), offset, out, size);
    if (n == 0) ThrowDamaged();
    out += n;
    offset += n;
    size -= n;
  }
}

void ObjectReader::ThrowDamaged() const {
  LogError(
      "Object {}: what its file {} holds from byte {} of the object on is not what was written. Restore the file from "
      "a backup.",
      opened_.object.key, opened_.location, at_);
  throw Error(kInternalFailure, "The stored bytes of object " + opened_.object.key +
                                    " are damaged; the server's log tells where. Upload the object again.");
}

}  // namespace sagebrush::objects
