#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/aead.h"
#include "base/file.h"
#include "objects/byte_range.h"
#include "objects/object.h"

namespace sagebrush::objects {

// An object held open: it goes on being these bytes even when the object is replaced or deleted.
struct OpenedObject {
  Object object;
  std::shared_ptr<FileDescriptor> file;  // What is stored: the bytes themselves only if IsPlain. nullptr: a marker.
  std::string location;                  // The store's own name for what is stored.
  std::optional<SecretKey> data_key{};   // Set (ObjectKeys::Unlock) before anybody reads, unless IsPlain.

  bool IsPlain() const { return object.encryption.IsStoredPlain(); }
  // Calls `each` with the bytes of `range`, in pieces. Throws as ObjectReader::Next.
  void Read(ByteRange range, const std::function<void(std::string_view)>& each) const;
};

// Writes all bytes of an object to `target`, which is empty. Throws Error(kServiceUnavailable) once a stop is asked
// for.
void CopyToFile(const OpenedObject& opened, const FileDescriptor& target, const std::stop_token& stop);

}  // namespace sagebrush::objects
