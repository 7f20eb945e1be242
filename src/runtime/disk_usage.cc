#include "runtime/disk_usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

namespace sagebrush::runtime {
namespace {

constexpr std::int64_t kPollMilliseconds = 250;
constexpr std::int64_t kWalkMillisecondsMax = 5000;
constexpr std::int64_t kWalkShare = 50;

std::int64_t Milliseconds64(const statx_timestamp& time) { return time.tv_sec * 1000 + time.tv_nsec / 1'000'000; }

class Walk {
 public:
  explicit Walk(Time since) : since_(since.milliseconds) {}

  void Directory(int parent, const char* name) {
    const int fd = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return;
    DIR* entries = ::fdopendir(fd);
    if (entries == nullptr) {
      ::close(fd);
      return;
    }
    while (const dirent* entry = ::readdir(entries)) {
      const std::string_view each = entry->d_name;
      if (each != "." && each != "..") Entry(fd, entry->d_name);
    }
    ::closedir(entries);
  }

  std::int64_t bytes() const { return bytes_; }

 private:
  void Entry(int directory, const char* name) {
    struct statx status{};
    const unsigned wanted =
        STATX_TYPE | STATX_INO | STATX_NLINK | STATX_BLOCKS | STATX_MTIME | STATX_CTIME | STATX_BTIME;
    if (::statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, wanted, &status) != 0) return;
    if (S_ISDIR(status.stx_mode)) Directory(directory, name);
    // A file from before whose inode changed, but neither its content nor its place, was linked to by someone else.
    const std::int64_t born =
        Milliseconds64((status.stx_mask & STATX_BTIME) != 0 ? status.stx_btime : status.stx_ctime);
    if (born < since_ && Milliseconds64(status.stx_mtime) < since_) return;
    if (status.stx_nlink > 1 && !S_ISDIR(status.stx_mode) &&
        !seen_.insert({status.stx_dev_minor, status.stx_ino}).second)
      return;
    bytes_ += static_cast<std::int64_t>(status.stx_blocks) * 512;
  }

  std::int64_t since_;
  std::int64_t bytes_ = 0;
  std::set<std::pair<std::uint32_t, std::uint64_t>> seen_;
};

std::int64_t SteadyNow() {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

DiskUsage::DiskUsage(std::vector<Path> directories, std::int64_t bytes_max, Time since)
    : directories_(std::move(directories)), bytes_max_(bytes_max), since_(since), free_at_walk_(FreeBytes()) {}

std::int64_t DiskUsage::FreeBytes() const {
  std::map<unsigned long, std::int64_t> free;
  for (const Path& directory : directories_) {
    struct statvfs status{};
    if (::statvfs(directory.c_str(), &status) == 0) {
      free[status.f_fsid] = static_cast<std::int64_t>(status.f_bfree) * static_cast<std::int64_t>(status.f_frsize);
    }
  }
  std::int64_t sum = 0;
  for (const auto& [id, bytes] : free) sum += bytes;
  return sum;
}

std::int64_t DiskUsage::Measure() const {
  Walk walk(since_);
  for (const Path& directory : directories_) walk.Directory(AT_FDCWD, directory.c_str());
  return walk.bytes();
}

bool DiskUsage::IsOver(std::int64_t now) {
  due_ = now + kPollMilliseconds;
  const std::int64_t free = FreeBytes();
  const bool may_be_over = used_ + (free_at_walk_ - free) > bytes_max_;
  if (now < walk_not_before_ || (!may_be_over && now < walk_at_latest_)) return false;
  const std::int64_t begun = SteadyNow();
  used_ = Measure();
  free_at_walk_ = free;
  const std::int64_t took = SteadyNow() - begun;
  walk_not_before_ = now + took * kWalkShare;
  walk_at_latest_ = now + std::max(kWalkMillisecondsMax, took * kWalkShare);
  return used_ > bytes_max_;
}

}  // namespace sagebrush::runtime
