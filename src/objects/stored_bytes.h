#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/aead.h"
#include "base/digest.h"
#include "objects/object_files.h"
#include "objects/segment_stream.h"

namespace sagebrush::objects {

// Puts an object's bytes into a new file as they are to be stored: plain, or encrypted under `key`.
class StoredBytes {
 public:
  // `name`: StreamName. `file` outlives it.
  StoredBytes(NewFile& file, const std::optional<SecretKey>& key, std::string_view name);
  StoredBytes(const StoredBytes&) = delete;
  void Append(std::string_view bytes);
  // Object::stored_crc. Call once, last.
  std::string Finish();

 private:
  NewFile& file_;
  Digest crc_{DigestAlgorithm::kCrc64Nvme};  // Of what is encrypted.
  std::optional<SegmentEncryptor> encryptor_;
};

}  // namespace sagebrush::objects
