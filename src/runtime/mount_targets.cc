#include "runtime/mount_targets.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace sagebrush::runtime {
namespace {

constexpr std::string_view kWorkloadsOwn = "/opt/ml";
constexpr std::string_view kImages = "/opt/sagebrush";

[[noreturn]] void Refuse(const Mount& mount, const std::string& why) {
  throw Error(kInternalFailure, "A mount at '" + mount.target.string() + "' is refused: " + why);
}

bool IsAtOrBelow(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

// The same text names the same place, and no part leads upwards.
bool IsPlain(const std::string& path) {
  return path.find('\0') == std::string::npos && !path.ends_with('/') && Path(path).lexically_normal().string() == path;
}

// Bubblewrap makes what is missing of a target, and follows links on the way to it: even out of the sandbox, which is
// not closed yet at that time.
void CheckWayThrough(const Mount& outer, const Mount& mount) {
  const std::string rest = mount.target.lexically_relative(outer.target).string();
  const FileDescriptor root(::open(outer.source.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) Refuse(mount, outer.target.string() + " holds no directories.");
  const open_how how{
      .flags = O_PATH | O_CLOEXEC, .mode = 0, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
  const FileDescriptor found(static_cast<int>(::syscall(SYS_openat2, root.get(), rest.c_str(), &how, sizeof how)));
  if (!found.valid() && errno != ENOENT) Refuse(mount, "the way to it leads over a link or a file.");
}

}  // namespace

void CheckMountTargets(const std::vector<Mount>& mounts) {
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    const Mount& mount = mounts[i];
    const std::string target = mount.target.string();
    if (!IsPlain(target)) Refuse(mount, "it is no plain absolute path.");
    const bool allowed = IsAtOrBelow(target, kWorkloadsOwn) || (mount.read_only && IsAtOrBelow(target, kImages));
    if (!allowed) Refuse(mount, "a workload's own files are below /opt/ml.");
    for (std::size_t j = 0; j < i; ++j) {
      const std::string other = mounts[j].target.string();
      if (IsAtOrBelow(other, target)) Refuse(mount, "it would hide the mount at " + other + ".");
      if (IsAtOrBelow(target, other)) CheckWayThrough(mounts[j], mount);
    }
  }
}

}  // namespace sagebrush::runtime
