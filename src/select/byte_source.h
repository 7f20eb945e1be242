#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "select/serialization.h"

namespace sagebrush::select {

// The object's bytes, uncompressed, as they come in. Used by one thread; its counts by any.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` bytes; 0 at the end. Throws TruncatedInput, InvalidCompressionFormat.
  virtual std::size_t Read(char* buffer, std::size_t size) = 0;

  std::uint64_t scanned() const { return scanned_.load(std::memory_order_relaxed); }  // As stored.

 protected:
  std::atomic<std::uint64_t> scanned_ = 0;
};

// Of what is read from `fd`, which outlives it.
std::unique_ptr<ByteSource> OpenSource(int fd, Compression compression);

}  // namespace sagebrush::select
