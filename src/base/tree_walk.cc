#include "base/tree_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush {
namespace {

// Levels whose directories stay open. Below them a directory is found again through its child's "..".
constexpr std::size_t kLevelsOpen = 16;
constexpr std::size_t kShownBytesMax = 200;
constexpr unsigned kWanted = STATX_BASIC_STATS | STATX_BTIME;

bool Look(int directory, const char* name, struct statx& status) {
  return ::statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name == 0 ? AT_EMPTY_PATH : 0), kWanted,
                 &status) == 0;
}

}  // namespace

TreeWalk::TreeWalk(const Directory& root, WalkLimits limits, std::stop_token stop)
    : limits_(std::move(limits)), stop_(std::move(stop)) {
  // Its own place of reading.
  FileDescriptor own(::openat(root.descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.valid()) ThrowSystemError("Cannot read a directory of a workload");
  Enter(Directory(std::move(own)));
}

void TreeWalk::CheckStop() const {
  if (stop_.stop_requested()) throw Error(kServiceUnavailable, "The server is stopping.");
}

void TreeWalk::Refuse(const std::string& what) const {
  const bool cut = path_.size() > kShownBytesMax;
  throw Error(kValidation, fmt::format("{}{}{}{} {}", limits_.seen_as, path_.empty() ? "" : "/",
                                       path_.substr(0, kShownBytesMax), cut ? "..." : "", what));
}

void TreeWalk::TakeName(const Level& level, const char* name) {
  path_.resize(level.path_size);
  if (!path_.empty()) path_ += '/';
  name_size_ = std::strlen(name);
  path_.append(name, name_size_);
  if (path_.size() > limits_.path_bytes_max) {
    Refuse(fmt::format("is too deep: its path has more than {} bytes.", limits_.path_bytes_max));
  }
}

bool TreeWalk::Next() {
  CheckStop();
  if (!levels_.empty() && IsDirectory()) {
    if (auto inside = levels_.back().directory.Open(path_.substr(path_.size() - name_size_))) {
      Enter(std::move(*inside));
    } else {
      complete_ = false;
    }
    status_ = {};
  }
  while (!levels_.empty()) {
    Level& level = levels_.back();
    if (level.next == level.order.size()) {
      Leave();
      continue;
    }
    const char* name = level.names.data() + level.order[level.next++];
    if (!Look(level.directory.descriptor(), name, status_)) continue;  // Gone.
    TakeName(level, name);
    return true;
  }
  return false;
}

void TreeWalk::Enter(Directory directory) {
  struct statx status{};
  if (!Look(directory.descriptor(), "", status)) ThrowSystemError("Cannot look at a directory of a workload");
  Level level{.directory = std::move(directory),
              .inode = status.stx_ino,
              .device_major = status.stx_dev_major,
              .device_minor = status.stx_dev_minor,
              .path_size = path_.size()};
  ReadNames(level);
  if (levels_.size() > kLevelsOpen) levels_.back().directory = Directory(FileDescriptor());
  levels_.push_back(std::move(level));
}

void TreeWalk::ReadNames(Level& level) {
  alignas(dirent64) char buffer[1 << 15];
  const std::size_t held_before = held_bytes_;
  for (;;) {
    CheckStop();
    const ssize_t size = ::getdents64(level.directory.descriptor(), buffer, sizeof buffer);
    if (size < 0 && errno != ENOENT) ThrowSystemError("Cannot read a directory of a workload");
    if (size <= 0) break;  // ENOENT: it was deleted meanwhile.
    for (ssize_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
      at += entry->d_reclen;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      level.order.push_back(static_cast<std::uint32_t>(level.names.size()));
      level.names.append(name).push_back('\0');
      if (++entries_ > limits_.entries_max) Refuse(fmt::format("has more than {} entries.", limits_.entries_max));
    }
    held_bytes_ = held_before + sizeof(Level) + level.names.size() + level.order.size() * sizeof(level.order[0]);
    if (held_bytes_ > limits_.held_bytes_max) {
      Refuse(fmt::format("has more or longer names than are read: over {} MiB.", limits_.held_bytes_max >> 20));
    }
  }
  std::ranges::sort(level.order, {}, [&](std::uint32_t at) { return std::string_view(level.names.data() + at); });
}

void TreeWalk::Leave() {
  const Level left = std::move(levels_.back());
  levels_.pop_back();
  held_bytes_ -= std::min(held_bytes_, sizeof(Level) + left.names.size() + left.order.size() * sizeof(left.order[0]));
  if (levels_.empty() || levels_.back().directory.descriptor() >= 0) return;
  Level& above = levels_.back();
  // Whoever moves the directory away while we are in it shall not lead us with it.
  FileDescriptor up(::openat(left.directory.descriptor(), "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct statx status{};
  if (up.valid() && Look(up.get(), "", status) && status.stx_ino == above.inode &&
      status.stx_dev_major == above.device_major && status.stx_dev_minor == above.device_minor) {
    above.directory = Directory(std::move(up));
    return;
  }
  complete_ = false;
  while (levels_.back().directory.descriptor() < 0) {
    held_bytes_ -= std::min(
        held_bytes_, sizeof(Level) + levels_.back().names.size() + levels_.back().order.size() * sizeof(left.order[0]));
    levels_.pop_back();
  }
}

FileDescriptor TreeWalk::OpenFile() const {
  return levels_.back().directory.OpenFile(path_.substr(path_.size() - name_size_));
}

std::string TreeWalk::ReadLink() const {
  return levels_.back().directory.ReadLink(path_.substr(path_.size() - name_size_));
}

}  // namespace sagebrush
