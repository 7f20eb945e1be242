#include "runtime/image_root.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "base/directory.h"
#include "base/error.h"
#include "runtime/gang_network.h"
#include "runtime/idmapped_mounts.h"
#include "runtime/sandbox.h"

namespace sagebrush::runtime {
namespace {

// The kernel's (OVL_MAX_STACK), less the one that is written to.
constexpr std::size_t kLayersMax = 499;

void MakeDirectory(const Path& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) ThrowSystemError("Cannot make " + path.string());
}

// Shows a layer at `point` as `user` shall see it.
void AttachLayer(const Path& layer, unsigned user, const Path& point) {
  MakeDirectory(point);
  const FileDescriptor view = OpenForUser(layer, user);
  if (::syscall(SYS_move_mount, view.get(), "", AT_FDCWD, point.c_str(), MOVE_MOUNT_F_EMPTY_PATH) == 0) return;
  // Without views of owners: as it is.
  if (::mount(layer.c_str(), point.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    ThrowSystemError("Cannot mount the image's layer " + layer.string());
  }
}

// overlayfs takes a page of options: layers have short names here, relative to the stage.
void MountOverlay(std::size_t layers, const Path& stage) {
  std::string lower;
  for (std::size_t i = layers; i > 0; --i) lower += fmt::format("{}{}", lower.empty() ? "" : ":", i - 1);
  const std::string options = fmt::format("lowerdir={},upperdir=w/upper,workdir=w/work", lower);
  if (::chdir(stage.c_str()) != 0 ||
      ::mount("overlay", "root", "overlay", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    ThrowSystemError("This machine cannot put the layers of an image together (overlayfs)");
  }
  if (::chdir("/") != 0) ThrowSystemError("Cannot leave " + stage.string());
}

// The places of what the sandbox mounts: bubblewrap would follow links on the way to them.
class Places {
 public:
  explicit Places(const Path& root) : root_(root) {}

  void NeedDirectory(const Path& path) {
    if (!root_.Make(Relative(path))) Refuse(path, "a directory");
  }
  void NeedFile(const Path& path, std::string_view text = "") {
    NeedDirectory(path.parent_path());
    const FileDescriptor file = root_.CreateFile(Relative(path));
    if (!file.valid()) Refuse(path, "a file");
    WriteAll(file.get(), text);
  }

 private:
  static std::string Relative(const Path& path) { return path.relative_path().string(); }
  [[noreturn]] static void Refuse(const Path& path, std::string_view kind) {
    throw Error(kInternalFailure,
                fmt::format("The image has something else where {} is needed, {}: a link or a file of "
                            "its own is in the way.",
                            kind, path.string()));
  }

  const Directory root_;
};

void MakePlaces(const WorkloadSpec& spec, const Path& root) {
  Places places(root);
  for (const char* directory : {"/proc", "/dev", "/tmp", "/run", "/etc"}) places.NeedDirectory(directory);
  places.NeedFile(kInitInside);
  places.NeedFile("/etc/passwd", PasswdFile(spec));
  places.NeedFile("/etc/group", GroupFile(spec));
  places.NeedFile("/etc/hosts", spec.gang ? GangHostsFile(spec.gang->ids.size()) : std::string(kHostsFile));
  for (const Mount& mount : spec.mounts) {
    if (std::filesystem::is_directory(mount.source)) {
      places.NeedDirectory(mount.target);
    } else {
      places.NeedFile(mount.target);
    }
  }
}

}  // namespace

Path StageRoot(const WorkloadSpec& spec, const Path& stage) {
  if (std::holds_alternative<HostRoot>(spec.root)) return {};
  if (!spec.user) {
    throw Error(kInternalFailure, "An image with a root file system of its own needs a server that runs as root.");
  }
  const auto* const layered = std::get_if<LayeredRoot>(&spec.root);
  const std::vector<Path> layers =
      layered != nullptr ? layered->layers : std::vector<Path>{std::get<DirectoryRoot>(spec.root).directory};
  if (layers.empty() || layers.size() > kLayersMax) {
    throw Error(kInternalFailure,
                fmt::format("The image has {} layers; there may be 1 to {}.", layers.size(), kLayersMax));
  }
  EnterStage(stage);
  for (std::size_t i = 0; i < layers.size(); ++i) AttachLayer(layers[i], *spec.user, stage / std::to_string(i));
  // What is not written to on disk is written to in memory: the places alone.
  MakeDirectory(stage / "w");
  if (layered != nullptr && ::mount(layered->writable.c_str(), (stage / "w").c_str(), nullptr, MS_BIND, nullptr) != 0) {
    ThrowSystemError("Cannot mount " + layered->writable.string());
  }
  for (const char* name : {"w/upper", "w/work", "root"}) MakeDirectory(stage / name);
  if (::chown((stage / "w/upper").c_str(), *spec.user, *spec.user) != 0) ThrowSystemError("Cannot hand the root over");
  MountOverlay(layers.size(), stage);
  MakePlaces(spec, stage / "root");
  return stage / "root";
}

}  // namespace sagebrush::runtime
