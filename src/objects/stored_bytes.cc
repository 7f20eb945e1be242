#include "objects/stored_bytes.h"

namespace sagebrush::objects {

StoredBytes::StoredBytes(NewFile& file, const std::optional<SecretKey>& key, std::string_view name) : file_(file) {
  if (key) encryptor_.emplace(*key, name, [&file](std::string_view stored) { file.Append(stored); });
}

void StoredBytes::Append(std::string_view bytes) {
  if (encryptor_) return encryptor_->Append(bytes);
  file_.Append(bytes);
}

void StoredBytes::Finish() {
  if (encryptor_) encryptor_->Finish();
}

}  // namespace sagebrush::objects
