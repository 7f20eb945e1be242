#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "wire/http.h"

namespace sagebrush::gateway {

// A body that is already in memory.
class TextReader : public wire::BodyReader {
 public:
  explicit TextReader(std::string text) : text_(std::move(text)) {}
  std::size_t Read(char* buffer, std::size_t size) override {
    const std::size_t count = std::min(size, text_.size() - offset_);
    std::memcpy(buffer, text_.data() + offset_, count);
    offset_ += count;
    return count;
  }
  std::optional<std::uint64_t> Length() const override { return text_.size(); }

 private:
  const std::string text_;
  std::size_t offset_ = 0;
};

}  // namespace sagebrush::gateway
