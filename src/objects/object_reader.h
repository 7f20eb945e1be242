#pragma once

#include <optional>
#include <string>

#include "objects/opened_object.h"
#include "objects/segment_stream.h"

namespace sagebrush::objects {

// Reads a range of an opened object from its beginning to its end, decrypting what is encrypted. Used by one thread at
// a time; blocks on the disk.
class ObjectReader {
 public:
  // Throws as Next.
  ObjectReader(OpenedObject opened, ByteRange range);

  // Makes `bytes` the next ones, some hundred KiB at most; none at the end. Throws Error(kInternalFailure), and logs
  // where, when what is stored is not what was written: then none of the segment's bytes were handed out.
  void Next(std::string& bytes);

 private:
  // One encrypted stream: the whole object, or a part of it.
  struct Stream {
    std::uint64_t begin = 0;         // Of its text in the object.
    std::uint64_t stored_begin = 0;  // In the file.
    std::uint64_t size = 0;          // Of its text.
    std::uint64_t stored_size = 0;
    std::string name{};
  };
  void FindStream();
  // Puts what is wanted of the segment at at_ behind the first `used` bytes; returns how many are used then.
  std::size_t AddSegment(std::string& bytes, std::size_t used);
  void ReadStored(std::uint64_t offset, char* out, std::size_t size) const;
  [[noreturn]] void ThrowDamaged() const;

  const OpenedObject opened_;
  std::uint64_t at_;  // In the object.
  const std::uint64_t end_;
  std::size_t next_part_ = 0;
  Stream stream_;
  std::optional<SegmentDecryptor> decryptor_;  // Of stream_.
  std::string stored_;                         // A segment.
};

// What the encrypted streams of an object are called: of its part of that number, 0 for an object without parts.
std::string StreamName(int part);

}  // namespace sagebrush::objects
