#include "runtime/disk_usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/tree_walk.h"

namespace sagebrush::runtime {
namespace {

constexpr std::int64_t kPollMillisecondsMin = 10;
constexpr std::int64_t kPollMillisecondsMax = 250;
constexpr std::int64_t kDiskBytesPerMillisecond = 4 << 20;  // What a fast disk takes.
constexpr std::int64_t kWalkMillisecondsMax = 5000;
// A walk may take one of so many parts of the time; more when the limit may be passed meanwhile.
constexpr std::int64_t kWalkShare = 50;
constexpr std::int64_t kUrgentWalkShare = 4;
constexpr std::size_t kNamesHeld = 64 << 20;
constexpr int kHandlesLookedAt = 1 << 20;

// What is to be left on each disk: more than the object store and the database keep for themselves.
constexpr std::int64_t kReserveBytes = 1 << 30;
constexpr std::int64_t kReserveFiles = 10'000;
constexpr std::int64_t kReservePart = 16;  // Of a small disk.
// Whose share of the disk is smaller does not fill it.
constexpr std::int64_t kInnocentBytes = 1 << 20;
constexpr double kMillisecondsForHalfTheShare = 1000;

std::int64_t SteadyNow() {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::int64_t Milliseconds64(const statx_timestamp& time) { return time.tv_sec * 1000 + time.tv_nsec / 1'000'000; }

using Device = std::pair<std::uint32_t, std::uint32_t>;
Device DeviceOf(const struct statx& status) { return {status.stx_dev_major, status.stx_dev_minor}; }

class Tally {
 public:
  explicit Tally(Time since) : since_(since.milliseconds) {}

  void Add(const struct statx& status) {
    // A file from before whose inode changed, but neither its content nor its place, was linked to by someone else.
    const std::int64_t born =
        Milliseconds64((status.stx_mask & STATX_BTIME) != 0 ? status.stx_btime : status.stx_ctime);
    if (born < since_ && Milliseconds64(status.stx_mtime) < since_) return;
    // Once for all its names and handles.
    if (status.stx_nlink != 1 && !S_ISDIR(status.stx_mode) &&
        !seen_.insert({DeviceOf(status), status.stx_ino}).second) {
      return;
    }
    share_.bytes += static_cast<std::int64_t>(status.stx_blocks) * 512;
    ++share_.files;
  }
  DiskShare share() const { return share_; }

 private:
  std::int64_t since_;
  DiskShare share_;
  std::set<std::pair<Device, std::uint64_t>> seen_;
};

// What the processes of a workload hold open or mapped and nobody can find by a name.
class NamelessFiles {
 public:
  NamelessFiles(Tally& tally, std::set<Device> devices) : tally_(tally), devices_(std::move(devices)) {}

  void AddOf(int process) {
    for (const char* handles : {"/fd", "/map_files"}) AddIn("/proc/" + std::to_string(process) + handles);
  }

 private:
  void AddIn(const std::string& handles) {
    DIR* entries = ::opendir(handles.c_str());
    if (entries == nullptr) return;
    while (const dirent* entry = ::readdir(entries)) {
      struct statx status{};
      if (++looked_at_ > kHandlesLookedAt) break;
      if (::statx(::dirfd(entries), entry->d_name, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
                  STATX_BASIC_STATS | STATX_BTIME, &status) != 0)
        continue;
      if (S_ISREG(status.stx_mode) && status.stx_nlink == 0 && devices_.contains(DeviceOf(status))) tally_.Add(status);
    }
    ::closedir(entries);
  }

  Tally& tally_;
  std::set<Device> devices_;
  int looked_at_ = 0;
};

std::string Megabytes(std::int64_t bytes) { return std::to_string(bytes / 1'000'000) + " MB"; }

}  // namespace

DiskUsage::DiskUsage(std::vector<Path> directories, DiskShare limit, Time since,
                     std::function<std::vector<int>()> processes)
    : directories_(std::move(directories)),
      limit_(limit),
      since_(since),
      processes_(std::move(processes)),
      free_at_walk_(LookForRoom().free) {}

DiskUsage::Room DiskUsage::LookForRoom() const {
  Room room{.spare = INT64_MAX};
  std::set<unsigned long> seen;
  for (const Path& directory : directories_) {
    struct statvfs status{};
    if (::statvfs(directory.c_str(), &status) != 0 || !seen.insert(status.f_fsid).second) continue;
    const auto block = static_cast<std::int64_t>(status.f_frsize);
    const std::int64_t bytes = static_cast<std::int64_t>(status.f_blocks) * block;
    const auto files = static_cast<std::int64_t>(status.f_files);  // 0: a file system that makes inodes as needed.
    room.total.bytes += bytes;
    room.total.files += files;
    room.free.bytes += static_cast<std::int64_t>(status.f_bfree) * block;
    room.free.files += static_cast<std::int64_t>(status.f_ffree);
    const std::int64_t spare =
        static_cast<std::int64_t>(status.f_bavail) * block - std::min(kReserveBytes, bytes / kReservePart);
    room.spare = std::min(room.spare, spare);
    const bool few_files =
        files > 0 && static_cast<std::int64_t>(status.f_favail) < std::min(kReserveFiles, files / kReservePart);
    room.scarce = room.scarce || spare < 0 || few_files;
  }
  return room;
}

DiskShare DiskUsage::Measure() const {
  Tally tally(since_);
  std::set<Device> devices;
  for (const Path& path : directories_) {
    try {
      const Directory directory(path);
      struct statx status{};
      if (::statx(directory.descriptor(), "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) == 0) {
        devices.insert(DeviceOf(status));
      }
      // One more than the limit is enough to see that it was passed.
      const std::int64_t entries = limit_.files > 0 ? limit_.files + 1 : INT64_MAX;
      for (TreeWalk walk(directory, {.seen_as = "", .entries_max = entries, .held_bytes_max = kNamesHeld});
           walk.Next();) {
        tally.Add(walk.status());
      }
    } catch (const Error& error) {
      // More names than can be walked is more than any limit; a directory that cannot be read is none of its own.
      if (error.kind().code == kValidation.code) return {tally.share().bytes, INT64_MAX};
    }
  }
  NamelessFiles nameless(tally, std::move(devices));
  for (const int process : processes_()) nameless.AddOf(process);
  return tally.share();
}

void DiskUsage::Walk(std::int64_t now, const Room& room, std::int64_t share) {
  const std::int64_t begun = SteadyNow();
  used_ = Measure();
  free_at_walk_ = room.free;
  const std::int64_t took = SteadyNow() - begun;
  walk_not_before_ = now + took * share;
  walk_at_latest_ = now + std::max(kWalkMillisecondsMax, took * kWalkShare);
}

std::optional<std::string> DiskUsage::FindExcess(std::int64_t now) {
  const Room room = LookForRoom();
  const std::int64_t bytes_left = limit_.bytes - used_.bytes - (free_at_walk_.bytes - room.free.bytes);
  const bool over_files = used_.files + (free_at_walk_.files - room.free.files) > limit_.files;
  const bool may_be_over = bytes_left < 0 || over_files;
  due_ = now + std::clamp(std::min(bytes_left, room.spare) / kDiskBytesPerMillisecond, kPollMillisecondsMin,
                          kPollMillisecondsMax);
  if (room.scarce && scarce_since_ == INT64_MAX) scarce_since_ = now;
  if (!room.scarce) scarce_since_ = INT64_MAX;
  const bool urgent = may_be_over || room.scarce;
  if (now >= walk_not_before_ && (urgent || now >= walk_at_latest_)) {
    Walk(now, room, urgent ? kUrgentWalkShare : kWalkShare);
  }
  if (used_.bytes > limit_.bytes) return "";
  if (used_.files > limit_.files) {
    return "it made more than " + std::to_string(limit_.files) + " files and directories, as many as a volume of " +
           Megabytes(limit_.bytes) + " holds";
  }
  return room.scarce ? WhatScarcityEnds(now, room) : std::nullopt;
}

// Every workload's supervisor decides for itself, and none knows the others: the greater its share of the disk, the
// sooner it is ended, half the share a second later. Once that made room, the others go on.
std::optional<std::string> DiskUsage::WhatScarcityEnds(std::int64_t now, const Room& room) {
  const auto part = [](std::int64_t used, std::int64_t total) {
    return total > 0 ? static_cast<double>(used) / static_cast<double>(total) : 0;
  };
  const double share = std::max(part(used_.bytes, room.total.bytes), part(used_.files, room.total.files));
  if (used_.bytes < kInnocentBytes && used_.files < kReserveFiles / kReservePart) return std::nullopt;
  if (static_cast<double>(now - scarce_since_) < -std::log2(std::min(share, 1.0)) * kMillisecondsForHalfTheShare) {
    return std::nullopt;
  }
  return "the server's disk is almost full, and of the jobs that ran it had written most, " + Megabytes(used_.bytes) +
         " in " + std::to_string(used_.files) + " files. Free some space on the server, or write less";
}

}  // namespace sagebrush::runtime
