#include "base/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush {
namespace {

constexpr std::uint64_t kBeneath = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

int TryOpenBeneath(int directory, const char* name, int flags, unsigned mode) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = kBeneath;
  for (;;) {
    const long fd = ::syscall(SYS_openat2, directory, name, &how, sizeof how);
    if (fd >= 0 || (errno != EINTR && errno != EAGAIN)) return static_cast<int>(fd);
  }
}

// The owner of a file may have no right to read it; whoever runs the server without being root is that owner.
// False, and errno is EACCES: it is not for us to change.
bool MakeAccessible(int directory, const char* name) {
  const FileDescriptor held(TryOpenBeneath(directory, name, O_PATH, 0));
  struct stat status{};
  const bool ours = held.valid() && ::fstat(held.get(), &status) == 0 && status.st_uid == ::geteuid() &&
                    (S_ISDIR(status.st_mode) || (S_ISREG(status.st_mode) && status.st_nlink == 1));
  const unsigned more = S_ISDIR(status.st_mode) ? S_IRWXU : S_IRUSR;
  const bool changed =
      ours && (status.st_mode & more) != more &&
      ::chmod(("/proc/self/fd/" + std::to_string(held.get())).c_str(), (status.st_mode & ACCESSPERMS) | more) == 0;
  errno = EACCES;
  return changed;
}

FileDescriptor OpenBeneath(int directory, const std::string& name, int flags, unsigned mode = 0) {
  // "/." takes the right to search a directory too: without it there are names, and nothing can be looked at.
  const std::string asked = name + ((flags & O_DIRECTORY) != 0 ? "/." : "");
  FileDescriptor file(TryOpenBeneath(directory, asked.c_str(), flags, mode));
  if (!file.valid() && errno == EACCES && MakeAccessible(directory, name.c_str())) {
    file = FileDescriptor(TryOpenBeneath(directory, asked.c_str(), flags, mode));
  }
  if (file.valid()) return file;
  switch (errno) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EIO:
    case ENOSPC:
    case EDQUOT:
    case EROFS:
      ThrowSystemError("Cannot open a file of a workload");
    case ENOSYS:
      throw Error(kInternalFailure, "This system has no openat2: Linux 5.6 or newer is needed.");
    default:
      return file;
  }
}

bool IsDots(const char* name) { return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0)); }

}  // namespace

bool IsRelativeName(std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos) return false;
  for (;;) {
    const std::size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

Directory::Directory(const Path& path) : directory_(sagebrush::OpenFile(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) {}

std::optional<Directory> Directory::Open(std::string_view name) const {
  if (!IsRelativeName(name)) return std::nullopt;
  FileDescriptor opened = OpenBeneath(descriptor(), std::string(name), O_RDONLY | O_DIRECTORY);
  if (!opened.valid()) return std::nullopt;
  return Directory(std::move(opened));
}

FileDescriptor Directory::OpenFile(std::string_view name) const {
  if (!IsRelativeName(name)) return {};
  // A device or pipe that is opened is closed again: without waiting, and without becoming anyone's terminal.
  FileDescriptor file = OpenBeneath(descriptor(), std::string(name), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat status{};
  if (!file.valid() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return file;
}

std::string Directory::ReadLink(std::string_view name) const {
  if (!IsRelativeName(name)) return "";
  const FileDescriptor link = OpenBeneath(descriptor(), std::string(name), O_PATH);
  char text[PATH_MAX];
  const ssize_t size = link.valid() ? ::readlinkat(link.get(), "", text, sizeof text) : 0;
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "";
}

bool Directory::IsMissing(std::string_view name) const {
  return !IsRelativeName(name) || !OpenBeneath(descriptor(), std::string(name), O_PATH).valid();
}

std::optional<Directory> Directory::Make(std::string_view name, unsigned mode) const {
  if (!IsRelativeName(name)) return std::nullopt;
  if (auto there = Open(name)) return there;
  const std::size_t slash = name.rfind('/');
  std::optional<Directory> parent;
  if (slash != std::string_view::npos && !(parent = Make(name.substr(0, slash), mode))) return std::nullopt;
  const Directory& in = parent ? *parent : *this;
  const std::string last(name.substr(slash + 1));
  if (::mkdirat(in.descriptor(), last.c_str(), mode) != 0 && errno != EEXIST && errno != ENAMETOOLONG) {
    ThrowSystemError("Cannot make a directory");
  }
  return in.Open(last);
}

bool Directory::InPlaceOf(std::string_view name, const std::function<bool(int, const char*)>& work) const {
  if (!IsRelativeName(name)) return false;
  const std::size_t slash = name.rfind('/');
  std::optional<Directory> parent;
  if (slash != std::string_view::npos && !(parent = Open(name.substr(0, slash)))) return false;
  const int in = parent ? parent->descriptor() : descriptor();
  const std::string last(name.substr(slash + 1));
  ::unlinkat(in, last.c_str(), 0);
  return work(in, last.c_str());
}

FileDescriptor Directory::CreateFile(std::string_view name, unsigned mode) const {
  FileDescriptor file;
  InPlaceOf(name, [&](int in, const char* last) {
    file = OpenBeneath(in, last, O_WRONLY | O_CREAT | O_EXCL, mode);
    return file.valid();
  });
  return file;
}

bool Directory::CreateLink(std::string_view name, const std::string& target) const {
  return InPlaceOf(name, [&](int in, const char* last) { return ::symlinkat(target.c_str(), in, last) == 0; });
}

bool Directory::NameFile(std::string_view name, const FileDescriptor& file) const {
  const std::string held = "/proc/self/fd/" + std::to_string(file.get());
  return InPlaceOf(name, [&](int in, const char* last) {
    return ::linkat(AT_FDCWD, held.c_str(), in, last, AT_SYMLINK_FOLLOW) == 0;
  });
}

namespace {

// Without OpenSSL, which the supervisor, linked with this, does not have.
std::string UnguessableName() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) ThrowSystemError("Cannot get a random number");
  return fmt::format(".{:016x}.", number);
}

// Deletes a tree without going down it: directories that are found in a directory are moved up beside it, so that
// nothing is ever more than two levels away, however deep it was.
class Removal {
 public:
  Removal(int top, const std::stop_token& stop) : top_(top), stop_(stop), prefix_(UnguessableName()) {}

  // True: the directory is empty.
  bool Run() {
    for (;;) {
      progress_ = false;
      bool empty = true;
      const bool read = ForEach(top_, [&](const char* name, bool directory) {
        empty = false;
        if (directory) {
          RemoveDirectory(name);
        } else {
          Count(::unlinkat(top_, name, 0));
        }
      });
      if (!read || empty) return read && empty;
      if (!progress_) return false;
    }
  }

 private:
  void Count(int result) { progress_ = progress_ || result == 0; }

  // False: a stop was asked for, or the directory cannot be read.
  template <typename Each>
  bool ForEach(int directory, const Each& each) {
    alignas(dirent64) char buffer[1 << 15];
    ::lseek(directory, 0, SEEK_SET);
    for (;;) {
      const ssize_t size = ::getdents64(directory, buffer, sizeof buffer);
      if (size <= 0) return size == 0;
      for (ssize_t at = 0; at < size;) {
        if (stop_.stop_requested()) return false;
        const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
        at += entry->d_reclen;
        if (!IsDots(entry->d_name)) each(entry->d_name, IsDirectory(directory, *entry));
      }
    }
  }

  static bool IsDirectory(int directory, const dirent64& entry) {
    if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
    struct stat status{};
    return ::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
  }

  void RemoveDirectory(const char* name) {
    if (::unlinkat(top_, name, AT_REMOVEDIR) == 0) return Count(0);
    const FileDescriptor directory = OpenBeneath(top_, name, O_RDONLY | O_DIRECTORY);
    if (!directory.valid()) return;
    MakeAccessible(top_, name);  // To take something out of it takes more than to read it.
    ForEach(directory.get(), [&](const char* each, bool is_directory) {
      Count(is_directory ? MoveUp(directory.get(), each) : ::unlinkat(directory.get(), each, 0));
    });
    Count(::unlinkat(top_, name, AT_REMOVEDIR));
  }

  int MoveUp(int from, const char* name) {
    for (;;) {
      const std::string fresh = prefix_ + std::to_string(count_++);
      if (::renameat2(from, name, top_, fresh.c_str(), RENAME_NOREPLACE) == 0) return 0;
      if (errno != EEXIST && !(errno == EACCES && MakeAccessible(from, name))) return -1;
    }
  }

  int top_;
  const std::stop_token& stop_;
  std::string prefix_;
  std::uint64_t count_ = 0;
  bool progress_ = false;
};

}  // namespace

bool RemoveTree(const Path& path, const std::stop_token& stop) try {
  const Path parent = path.has_parent_path() ? path.parent_path() : Path(".");
  const FileDescriptor in(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!in.valid()) return errno == ENOENT;
  const std::string name = path.filename().string();
  if (::unlinkat(in.get(), name.c_str(), 0) == 0 || errno == ENOENT) return true;
  const FileDescriptor top = OpenBeneath(in.get(), name, O_RDONLY | O_DIRECTORY);
  if (!top.valid()) return false;
  MakeAccessible(in.get(), name.c_str());
  return Removal(top.get(), stop).Run() && ::unlinkat(in.get(), name.c_str(), AT_REMOVEDIR) == 0;
} catch (const Error&) {  // No descriptor is free, the disk fails: another time.
  return false;
}

}  // namespace sagebrush
