#include "objects/extent.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "objects/object_files.h"
#include "objects/segment_stream.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kMd5HexSize = 32;
constexpr std::uint64_t kReadAtOnce = 1 << 20;

bool HasWholeChecksum(const Extent& extent) { return extent.checksum && extent.checksum->parts == 0; }

Extent Stored(std::size_t number, std::uint64_t offset, std::uint64_t size, const std::string& crc) {
  Extent extent{.number = number, .range = {offset, EncryptedSize(size)}};
  if (!crc.empty()) extent.checksum = Checksum{.algorithm = DigestAlgorithm::kCrc64Nvme, .value = crc};
  return extent;
}

std::vector<Extent> ExtentsOfEncrypted(const Object& object) {
  if (object.parts.empty()) return {Stored(0, 0, object.size, object.stored_crc)};
  std::vector<Extent> extents;
  std::uint64_t offset = 0;
  for (const Part& part : object.parts) {
    offset += extents.emplace_back(Stored(extents.size(), offset, part.size, part.stored_crc)).range.length;
  }
  return extents;
}

}  // namespace

bool Extent::HasDigest() const { return HasWholeChecksum(*this) || etag.size() == kMd5HexSize; }

std::vector<Extent> ExtentsOf(const Object& object) {
  if (!object.encryption.IsStoredPlain()) return ExtentsOfEncrypted(object);
  if (object.parts.empty()) return {{0, {0, object.size}, object.checksum, object.etag}};
  std::vector<Extent> extents;
  std::uint64_t offset = 0;
  for (const Part& part : object.parts) {
    extents.push_back({extents.size(), {offset, part.size}, part.checksum, part.etag});
    offset += part.size;
  }
  return extents;
}

bool IsIntact(int file, const Extent& extent, const std::function<bool(std::size_t bytes)>& go_on) {
  const bool by_checksum = HasWholeChecksum(extent);
  Digest digest(by_checksum ? extent.checksum->algorithm : DigestAlgorithm::kMd5);
  const std::uint64_t end = extent.range.offset + extent.range.length;
  for (std::uint64_t at = extent.range.offset; at < end;) {
    const std::uint64_t size = std::min(kReadAtOnce, end - at);
    ReadFileRange(file, at, size, [&](std::string_view bytes) { digest.Update(bytes); });
    if (go_on && !go_on(size)) return false;
    at += size;
  }
  const std::string found = digest.Finish();
  return by_checksum ? found == extent.checksum->value : ToHex(found) == extent.etag;
}

std::uint64_t StoredSize(const Object& object) {
  const Extent last = ExtentsOf(object).back();
  return last.range.offset + last.range.length;
}

std::optional<std::string> DamageOf(const OpenedObject& opened, const std::function<bool(std::size_t bytes)>& go_on) {
  struct stat status{};
  if (::fstat(opened.file->get(), &status) != 0) ThrowSystemError("Cannot look at a file of the object store");
  const Object& object = opened.object;
  if (static_cast<std::uint64_t>(status.st_size) != StoredSize(object)) {
    return fmt::format("its file has {} bytes where it should have {}.", status.st_size, StoredSize(object));
  }
  for (const Extent& extent : ExtentsOf(object)) {
    if (!extent.HasDigest()) continue;
    bool ended = false;
    const bool intact =
        IsIntact(opened.file->get(), extent, [&](std::size_t bytes) { return !(ended = !go_on(bytes)); });
    if (ended) return std::nullopt;
    if (!intact) {
      return fmt::format("bytes {} to {} of its file are not those that were written.", extent.range.offset,
                         extent.range.offset + extent.range.length);
    }
  }
  return "";
}

}  // namespace sagebrush::objects
