#include "store/disk_reserve.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"

namespace sagebrush::store {
namespace {

constexpr off_t kReserveBytes = 16 << 20;  // Some thousand changes of resources.

}  // namespace

DiskReserve::DiskReserve(const Path& file) : file_(OpenFile(file, O_RDWR | O_CREAT)) { Take(); }

bool DiskReserve::Take() {
  if (held_) return true;
  held_ = ::posix_fallocate(file_.get(), 0, kReserveBytes) == 0;
  if (!held_) Release();  // What it got of it.
  return held_;
}

void DiskReserve::Release() {
  held_ = false;
  if (::ftruncate(file_.get(), 0) != 0) LogError("Cannot give up the disk reserve: {}", std::strerror(errno));
}

}  // namespace sagebrush::store
