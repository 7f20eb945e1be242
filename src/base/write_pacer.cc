#include "base/write_pacer.h"

#include <fcntl.h>

namespace sagebrush {
namespace {

constexpr std::uint64_t kPiece = 4 << 20;

}  // namespace

// Whether the disk took a piece is not asked here: the sync at the end tells.
bool WritePacer::Reached(int file, std::uint64_t size) {
  if (size < begun_ + kPiece) return false;
  const auto range = [file](std::uint64_t from, std::uint64_t to, unsigned flags) {
    ::sync_file_range(file, static_cast<off_t>(from), static_cast<off_t>(to - from), flags);
  };
  range(begun_, size, SYNC_FILE_RANGE_WRITE);
  if (begun_ > previous_) range(previous_, begun_, SYNC_FILE_RANGE_WAIT_BEFORE);
  previous_ = begun_;
  begun_ = size;
  return true;
}

}  // namespace sagebrush
