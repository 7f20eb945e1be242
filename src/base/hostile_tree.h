#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "base/directory.h"
#include "base/error.h"

// For tests: what a workload may leave in its directories, and the states in which a server meets it.
namespace sagebrush {

// A temporary directory in memory: on a disk it can take milliseconds to delete one directory.
class MemoryDirectory {
 public:
  MemoryDirectory() {
    std::string name = "/dev/shm/sagebrush-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) ThrowSystemError("Cannot make a directory in /dev/shm");
    path_ = name;
  }
  ~MemoryDirectory() { RemoveTree(path_); }
  MemoryDirectory(const MemoryDirectory&) = delete;
  const Path& path() const { return path_; }

 private:
  Path path_;
};

// `levels` directories, each in the one before; each holds a file `file_name` too, unless that is empty.
inline void MakeDeep(const Path& top, int levels, const char* file_name = "") {
  std::filesystem::create_directories(top);
  FileDescriptor at = OpenFile(top, O_RDONLY | O_DIRECTORY);
  for (int level = 1; level < levels; ++level) {
    if (*file_name != 0) ::close(::openat(at.get(), file_name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    ::mkdirat(at.get(), "d", 0755);
    at = FileDescriptor(::openat(at.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
}

inline void MakeSocket(const Path& path) {
  sockaddr_un address{.sun_family = AF_UNIX};
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// This process may have `count` descriptors more than it has, while this lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t count) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const FileDescriptor next(::dup(0));
    const rlimit few{static_cast<rlim_t>(next.get()) + count, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

// Root may read everything; this process is another user while this lives, and `tree` is that user's.
class AsNobody {
 public:
  explicit AsNobody(const Path& tree) {
    if (::geteuid() != 0) return;
    constexpr uid_t kNobody = 65534;
    ::chown(tree.c_str(), kNobody, kNobody);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tree)) {
      ::lchown(entry.path().c_str(), kNobody, kNobody);
    }
    ::seteuid(kNobody);
    changed_ = true;
  }
  ~AsNobody() {
    if (changed_) ::seteuid(0);
  }

 private:
  bool changed_ = false;
};

}  // namespace sagebrush
