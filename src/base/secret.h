#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <openssl/crypto.h>

namespace sagebrush {

// Bytes that nobody is to find in memory later: wiped when their owner goes. Its `bytes` should be moved in.
class Secret {
 public:
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.Wipe(); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Wipe(); }

  std::string_view view() const { return bytes_; }

 private:
  void Wipe() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
    bytes_.clear();
  }

  std::string bytes_;
};

}  // namespace sagebrush
