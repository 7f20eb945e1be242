#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/directory.h"

namespace sagebrush {

// What a walk may meet and hold before it is given up with an Error of the client's.
struct WalkLimits {
  std::string seen_as;  // What users know the root as ("/opt/ml/model"): for messages.
  std::int64_t entries_max = 10'000'000;
  std::size_t path_bytes_max = std::numeric_limits<std::size_t>::max();  // Below the root.
  std::size_t held_bytes_max = 64 << 20;                                 // Of names that were read and not yet visited.
};

// Walks a tree in which somebody else may write, also now: all in it but the root, each directory before what is in
// it, names in the order of their bytes. What vanishes or is replaced meanwhile is passed over. Any depth is walked
// with 20 descriptors at most, and no path is ever given to the system as a whole. Not thread-safe.
//   for (TreeWalk walk(root, limits, stop); walk.Next();) ...
class TreeWalk {
 public:
  // Throws Error(kServiceUnavailable), here and in Next, once a stop is asked for.
  explicit TreeWalk(const Directory& root, WalkLimits limits = {}, std::stop_token stop = {});

  // Goes to the next entry. False: there is none. Throws Error(kValidation) when a limit is passed.
  bool Next();

  // Of the entry; valid until Next.
  std::string_view path() const { return path_; }         // Relative to the root.
  const struct statx& status() const { return status_; }  // Of the entry itself, not of what a link leads to.
  bool IsDirectory() const { return S_ISDIR(status_.stx_mode); }
  bool IsFile() const { return S_ISREG(status_.stx_mode); }
  bool IsLink() const { return S_ISLNK(status_.stx_mode); }
  FileDescriptor OpenFile() const;  // To read. Invalid: it is no regular file any more.
  std::string ReadLink() const;     // Empty: it is no link any more.

  // False: a directory was moved away or could not be opened while it was walked, so that something may have been
  // passed over that is still in the tree.
  bool complete() const { return complete_; }

 private:
  struct Level {
    Directory directory;  // Closed while something below is walked, except on the first levels.
    std::uint64_t inode = 0;
    std::uint32_t device_major = 0, device_minor = 0;
    std::string names;                 // Each with its NUL.
    std::vector<std::uint32_t> order;  // Where in `names` each begins, sorted.
    std::size_t next = 0;              // In `order`.
    std::size_t path_size = 0;         // Of the path of this directory.
  };

  void Enter(Directory directory);
  void ReadNames(Level& level);
  void Leave();
  void TakeName(const Level& level, const char* name);
  void CheckStop() const;
  [[noreturn]] void Refuse(const std::string& what) const;

  WalkLimits limits_;
  std::stop_token stop_;
  std::vector<Level> levels_;
  std::string path_;
  std::size_t name_size_ = 0;  // The last part of path_.
  struct statx status_{};
  std::int64_t entries_ = 0;
  std::size_t held_bytes_ = 0;
  bool complete_ = true;
};

}  // namespace sagebrush
