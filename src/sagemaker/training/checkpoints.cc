#include "sagemaker/training/checkpoints.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <map>
#include <set>

#include "base/error.h"
#include "base/tree_walk.h"
#include "base/write_pacer.h"
#include "sagemaker/training/channels.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kPiece = 1 << 20;

std::int64_t ModifiedMilliseconds(const TreeWalk& walk) {
  return walk.status().stx_mtime.tv_sec * 1000LL + walk.status().stx_mtime.tv_nsec / 1'000'000;
}

S3Uri Folder(S3Uri uri) {
  if (!uri.key.empty() && uri.key.back() != '/') uri.key += '/';
  return uri;
}

// Holes stay holes: a file that takes no space in the job's volume takes none here.
void CopyFile(int from, int to, std::int64_t size, const std::stop_token& stop) {
  WritePacer pacer;
  std::string buffer(kPiece, '\0');
  for (std::int64_t at = 0; at < size;) {
    if (stop.stop_requested()) throw Error(kServiceUnavailable, "The server is stopping.");
    const off_t data = ::lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // Nothing but a hole is left.
    if (data > at) at = data;
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(kPiece, size - at));
    const ssize_t n = at < size ? ::pread(from, buffer.data(), wanted, at) : 0;
    if (n < 0) ThrowSystemError("Cannot read a checkpoint");
    if (n == 0) break;  // It has become shorter: the next time is soon.
    if (::lseek(to, at, SEEK_SET) < 0) ThrowSystemError("Cannot copy a checkpoint");
    WriteAll(to, std::string_view(buffer.data(), static_cast<std::size_t>(n)));
    at += n;
    pacer.Reached(to, static_cast<std::uint64_t>(at));
  }
  if (::ftruncate(to, size) != 0) ThrowSystemError("Cannot copy a checkpoint");
}

class Saving {
 public:
  Saving(const RoleObjects& objects, const S3Uri& folder, const WorkloadTree& tree, const Path& staging,
         const std::stop_token& stop)
      : objects_(objects), folder_(folder), tree_(tree), staging_(staging), stop_(stop) {
    for (const RoleObject& object : objects.List(folder)) {
      stored_.emplace(object.key.substr(folder.key.size()), object);
    }
  }

  void Run() {
    TreeWalk walk(tree_.directory, {.seen_as = tree_.seen_as.string(), .path_bytes_max = PATH_MAX}, stop_);
    while (walk.Next()) {
      if (walk.IsFile() && CanBeKey((folder_ / walk.path()).key)) Save(walk);
    }
    if (!walk.complete()) return;  // What was not seen may be there.
    for (const auto& [name, object] : stored_) {
      if (!seen_.contains(name)) objects_.Delete({folder_.bucket, object.key});
    }
  }

 private:
  void Save(const TreeWalk& walk) {
    const std::string name(walk.path());
    seen_.insert(name);
    const auto found = stored_.find(name);
    const auto size = static_cast<std::int64_t>(walk.status().stx_size);
    Count(size);
    const bool current = found != stored_.end() && found->second.size == size &&
                         found->second.modified.milliseconds > ModifiedMilliseconds(walk);
    const FileDescriptor file = current ? FileDescriptor() : walk.OpenFile();
    struct stat status{};
    if (!file.valid() || ::fstat(file.get(), &status) != 0) return;
    // The job may go on writing to its file, and make it longer: the object gets bytes of its own.
    Count(status.st_size - size);
    std::filesystem::remove(staging_);
    const FileDescriptor copy = OpenFile(staging_, O_RDWR | O_CREAT | O_EXCL);
    CopyFile(file.get(), copy.get(), status.st_size, stop_);
    objects_.Put(folder_ / name, copy, stop_);
    std::filesystem::remove(staging_);
  }

  void Count(std::int64_t bytes) {
    bytes_ += bytes;
    if (bytes_ <= tree_.bytes_max) return;
    throw Error(kValidation, fmt::format("The checkpoints in {} have more than the {} bytes that the volume holds (a "
                                         "file counts with its whole length, holes too).",
                                         tree_.seen_as.string(), tree_.bytes_max));
  }

  const RoleObjects& objects_;
  const S3Uri& folder_;
  const WorkloadTree& tree_;
  const Path& staging_;
  const std::stop_token& stop_;
  std::map<std::string, RoleObject> stored_;
  std::set<std::string> seen_;
  std::int64_t bytes_ = 0;
};

}  // namespace

void RestoreCheckpoints(const RoleObjects& objects, const S3Uri& uri, const Path& directory,
                        const std::stop_token& stop) {
  const S3Uri folder = Folder(uri);
  ChannelLayout layout;
  for (const RoleObject& object : objects.List(folder)) {
    layout.Add({folder.bucket, object.key}, PathInChannel(folder.key, object.key));
  }
  layout.Place(directory, [&](const S3Uri& object, const Path& target) { objects.Copy(object, target, stop); });
}

void SaveCheckpoints(const RoleObjects& objects, const S3Uri& uri, const WorkloadTree& tree, const Path& staging,
                     const std::stop_token& stop) {
  const S3Uri folder = Folder(uri);
  Saving(objects, folder, tree, staging, stop).Run();
}

}  // namespace sagebrush::sagemaker
