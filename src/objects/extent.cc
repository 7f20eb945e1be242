#include "objects/extent.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "objects/object_files.h"
#include "objects/object_reader.h"
#include "objects/segment_stream.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kMd5HexSize = 32;
constexpr std::uint64_t kReadAtOnce = 1 << 20;

bool HasWholeChecksum(const Extent& extent) { return extent.checksum && extent.checksum->parts == 0; }

// Each segment has a tag that tells.
std::optional<std::string> DamageOfEncrypted(const OpenedObject& opened,
                                             const std::function<bool(std::size_t bytes)>& go_on) {
  try {
    ObjectReader reader(opened, {0, opened.object.size});
    std::string bytes;
    for (reader.Next(bytes); !bytes.empty(); reader.Next(bytes)) {
      if (!go_on(bytes.size())) return std::nullopt;
    }
    return "";
  } catch (const Error&) {
    return "what its file holds is not what was written.";
  }
}

}  // namespace

bool Extent::HasDigest() const { return HasWholeChecksum(*this) || etag.size() == kMd5HexSize; }

std::vector<Extent> ExtentsOf(const Object& object) {
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
  if (object.encryption.IsStoredPlain()) return object.size;
  std::uint64_t size = 0;
  for (const Extent& extent : ExtentsOf(object)) size += EncryptedSize(extent.range.length);
  return size;
}

std::optional<std::string> DamageOf(const OpenedObject& opened, const std::function<bool(std::size_t bytes)>& go_on) {
  struct stat status{};
  if (::fstat(opened.file->get(), &status) != 0) ThrowSystemError("Cannot look at a file of the object store");
  const Object& object = opened.object;
  if (static_cast<std::uint64_t>(status.st_size) != StoredSize(object)) {
    return fmt::format("its file has {} bytes where it should have {}.", status.st_size, StoredSize(object));
  }
  if (opened.data_key) return DamageOfEncrypted(opened, go_on);
  if (!opened.IsPlain()) return "";
  for (const Extent& extent : ExtentsOf(object)) {
    if (!extent.HasDigest()) continue;
    bool ended = false;
    const bool intact =
        IsIntact(opened.file->get(), extent, [&](std::size_t bytes) { return !(ended = !go_on(bytes)); });
    if (ended) return std::nullopt;
    if (!intact) {
      return fmt::format("bytes {} to {} are not those that were written.", extent.range.offset,
                         extent.range.offset + extent.range.length);
    }
  }
  return "";
}

}  // namespace sagebrush::objects
