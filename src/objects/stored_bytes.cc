#include "objects/stored_bytes.h"

namespace sagebrush::objects {

StoredBytes::StoredBytes(NewFile& file, const std::optional<SecretKey>& key, std::string_view name) : file_(file) {
  if (!key) return;
  encryptor_.emplace(*key, name, [this](std::string_view stored) {
    crc_.Update(stored);
    file_.Append(stored);
  });
}

void StoredBytes::Append(std::string_view bytes) {
  if (encryptor_) return encryptor_->Append(bytes);
  file_.Append(bytes);
}

std::string StoredBytes::Finish() {
  if (!encryptor_) return "";
  encryptor_->Finish();
  return crc_.Finish();
}

}  // namespace sagebrush::objects
