#include "runtime/idmapped_mounts.h"

#include <fcntl.h>
#include <ftw.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/error.h"

namespace sagebrush::runtime {
namespace {

// A user namespace in which root is `user`. A process must be in it when its map is written.
FileDescriptor MakeUserNamespace(unsigned user) {
  const auto child =
      static_cast<pid_t>(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (child < 0) return {};
  if (child == 0) {
    for (;;) ::pause();
  }
  const std::string process = "/proc/" + std::to_string(child);
  const std::string map = "0 " + std::to_string(user) + " 1\n";
  FileDescriptor result;
  try {
    WriteAll(OpenFile(process + "/uid_map", O_WRONLY).get(), map);
    WriteAll(OpenFile(process + "/gid_map", O_WRONLY).get(), map);
    result = OpenFile(process + "/ns/user", O_RDONLY);
  } catch (const Error&) {  // No user namespaces here: the caller does without.
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  return result;
}

// A copy of the mount at `source`, not attached anywhere, with owners mapped. Invalid: it cannot be.
FileDescriptor OpenMapped(const Path& source, const FileDescriptor& users) {
  if (!users.valid()) return {};
  FileDescriptor tree(static_cast<int>(
      ::syscall(SYS_open_tree, AT_FDCWD, source.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE)));
  if (!tree.valid()) return {};
  mount_attr attributes{.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = static_cast<std::uint64_t>(users.get())};
  const long result =
      ::syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes);
  return result == 0 ? std::move(tree) : FileDescriptor();
}

bool Attach(const FileDescriptor& tree, const Path& source, const Path& point) {
  struct stat status{};
  if (::stat(source.c_str(), &status) != 0) return false;
  if (S_ISDIR(status.st_mode)) {
    ::mkdir(point.c_str(), 0700);
  } else {
    OpenFile(point, O_WRONLY | O_CREAT);
  }
  return ::syscall(SYS_move_mount, tree.get(), "", AT_FDCWD, point.c_str(), MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

thread_local unsigned giving_to = 0;  // nftw takes no argument of its caller's.

int GiveOne(const char* path, const struct stat* status, int, FTW*) {
  const bool shared = S_ISREG(status->st_mode) && status->st_nlink > 1;
  return shared || status->st_uid == giving_to ? 0 : ::lchown(path, giving_to, giving_to);
}

int OpenOne(const char* path, const struct stat* status, int, FTW*) {
  if (S_ISLNK(status->st_mode)) return 0;
  const mode_t wanted = status->st_mode | (S_ISDIR(status->st_mode)        ? 0555
                                           : (status->st_mode & 0100) != 0 ? 0555
                                                                           : 0444);
  return wanted == status->st_mode ? 0 : ::chmod(path, wanted & 0777);
}

// The server laid out the tree, and nothing of the workload runs yet.
void Walk(const Path& tree, int (*each)(const char*, const struct stat*, int, FTW*)) {
  if (::nftw(tree.c_str(), each, 32, FTW_PHYS) != 0) {
    ThrowSystemError("Cannot hand " + tree.string() + " over to the workload's user");
  }
}

// A program or library for everyone needs nothing.
bool IsForEveryone(const Path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

}  // namespace

void EnterStage(const Path& stage) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
    ThrowSystemError("Cannot make a mount namespace");
  }
  ::mkdir(stage.c_str(), 0700);
  if (::mount("tmpfs", stage.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700") != 0) {
    ThrowSystemError("Cannot mount at " + stage.string());
  }
}

void StageMounts(std::vector<Mount>& mounts, unsigned user, const Path& stage) {
  if (mounts.empty()) return;
  EnterStage(stage);
  const FileDescriptor users = MakeUserNamespace(user);
  int count = 0;
  for (Mount& mount : mounts) {
    if (::access(mount.source.c_str(), F_OK) != 0) {
      ThrowSystemError("The mount source " + mount.source.string() + " for " + mount.target.string() +
                       " cannot be used");
    }
    if (!mount.read_only) {
      giving_to = user;
      Walk(mount.source, GiveOne);
      continue;
    }
    const FileDescriptor tree = OpenMapped(mount.source, users);
    const Path point = stage / std::to_string(count++);
    if (tree.valid() && Attach(tree, mount.source, point)) {
      mount.source = point;
    } else if (!IsForEveryone(mount.source)) {
      Walk(mount.source, OpenOne);
    }
  }
}

FileDescriptor OpenForUser(const Path& directory, unsigned user) {
  FileDescriptor tree = OpenMapped(directory, MakeUserNamespace(user));
  if (tree.valid()) return tree;
  Walk(directory, OpenOne);
  return OpenFile(directory, O_RDONLY | O_DIRECTORY);
}

}  // namespace sagebrush::runtime
