#pragma once

#include <cstdint>
#include <string>

#include "base/file.h"

namespace sagebrush::algorithms {

// The named pipes of a channel in Pipe mode: <base>_0, then <base>_1 for its data once more, and so on. Each is read by
// one reader, from its beginning on; those of a channel share this.
class ChannelPipes {
 public:
  explicit ChannelPipes(Path base) : base_(std::move(base)) {}

  // The next one, opened. Throws Error.
  FileDescriptor OpenNext();
  // Of the one that was opened last, for messages: "train_0".
  std::string name() const { return NameOf(next_ - 1); }

 private:
  std::string NameOf(std::uint64_t epoch) const;

  const Path base_;
  std::uint64_t next_ = 0;
};

}  // namespace sagebrush::algorithms
