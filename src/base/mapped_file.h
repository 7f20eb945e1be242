#pragma once

#include <string_view>

#include "base/file.h"

namespace sagebrush {

// A file's bytes, mapped for reading. Throws Error that names the file.
class MappedFile {
 public:
  explicit MappedFile(const Path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;

  std::string_view bytes() const { return {data_, size_}; }
  // Gives back the memory of the first `count` bytes. They can still be read, from the file again.
  void Forget(std::size_t count);

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sagebrush
