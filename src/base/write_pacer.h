#pragma once

#include <cstdint>

namespace sagebrush {

// For whoever writes a long file from its beginning to its end: has the disk begin with each piece at once, and waits
// for the piece before. However much is written, little of it waits for the disk at any time; so syncs stay quick, the
// one at the end and those of all others, for which a file system may first write what anybody has left to it.
class WritePacer {
 public:
  // `file`, the same each time, has bytes up to `size`. True: a piece of some MB was given to the disk.
  bool Reached(int file, std::uint64_t size);

 private:
  std::uint64_t begun_ = 0, previous_ = 0;  // Ends of the piece that the disk has begun with, and of the one before.
};

}  // namespace sagebrush
