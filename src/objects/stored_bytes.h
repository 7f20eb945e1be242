#pragma once

#include <optional>
#include <string_view>

#include "base/aead.h"
#include "objects/object_files.h"
#include "objects/segment_stream.h"

namespace sagebrush::objects {

// Puts an object's bytes into a new file as they are to be stored: plain, or encrypted under `key`.
class StoredBytes {
 public:
  // `name`: StreamName. `file` outlives it.
  StoredBytes(NewFile& file, const std::optional<SecretKey>& key, std::string_view name);
  void Append(std::string_view bytes);
  // Call once, last.
  void Finish();

 private:
  NewFile& file_;
  std::optional<SegmentEncryptor> encryptor_;
};

}  // namespace sagebrush::objects
