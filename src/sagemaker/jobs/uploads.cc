#include "sagemaker/jobs/uploads.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <map>
#include <set>

#include "base/error.h"
#include "base/tree_walk.h"
#include "base/write_pacer.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::size_t kPiece = 1 << 20;

// By the kernel, unlike the time of modification, which a program may set: unpacking an archive does.
std::int64_t ChangedMilliseconds(const TreeWalk& walk) {
  return walk.status().stx_ctime.tv_sec * 1000LL + walk.status().stx_ctime.tv_nsec / 1'000'000;
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
    if (n < 0) ThrowSystemError("Cannot read a file of the job");
    if (n == 0) break;  // It has become shorter: the next time is soon.
    if (::lseek(to, at, SEEK_SET) < 0) ThrowSystemError("Cannot copy a file of the job");
    WriteAll(to, std::string_view(buffer.data(), static_cast<std::size_t>(n)));
    at += n;
    pacer.Reached(to, static_cast<std::uint64_t>(at));
  }
  if (::ftruncate(to, size) != 0) ThrowSystemError("Cannot copy a file of the job");
}

class ChangesUpload {
 public:
  ChangesUpload(const RoleObjects& objects, const WorkloadTree& tree, const S3Uri& target, const Path& staging,
                const std::stop_token& stop)
      : objects_(objects), folder_(FolderOf(target)), tree_(tree), staging_(staging), stop_(stop) {
    for (const RoleObject& object : objects.List(folder_)) {
      stored_.emplace(object.key.substr(folder_.key.size()), object);
    }
  }

  void Run(OtherObjects others) {
    TreeWalk walk(tree_.directory, {.seen_as = tree_.seen_as.string(), .path_bytes_max = PATH_MAX}, stop_);
    while (walk.Next()) {
      if (walk.IsFile() && CanBeKey((folder_ / walk.path()).key)) Save(walk);
    }
    if (others == OtherObjects::kKeep || !walk.complete()) return;  // What was not seen may be there.
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
                         found->second.modified.milliseconds > ChangedMilliseconds(walk);
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
    throw Error(kValidation, fmt::format("The files in {} have more than the {} bytes that the volume holds (a file "
                                         "counts with its whole length, holes too).",
                                         tree_.seen_as.string(), tree_.bytes_max));
  }

  const RoleObjects& objects_;
  const S3Uri folder_;
  const WorkloadTree& tree_;
  const Path& staging_;
  const std::stop_token& stop_;
  std::map<std::string, RoleObject> stored_;
  std::set<std::string> seen_;
  std::int64_t bytes_ = 0;
};

}  // namespace

S3Uri FolderOf(S3Uri uri) {
  if (!uri.key.empty() && uri.key.back() != '/') uri.key += '/';
  return uri;
}

void UploadFiles(const RoleObjects& objects, const WorkloadTree& tree, const S3Uri& target, const Notice& notice,
                 const std::stop_token& stop) {
  for (TreeWalk walk(tree.directory, {.seen_as = tree.seen_as.string()}, stop); walk.Next();) {
    const S3Uri object = target / walk.path();
    const FileDescriptor file = walk.IsFile() ? walk.OpenFile() : FileDescriptor();
    if (file.valid() && CanBeKey(object.key)) {
      objects.Put(object, file, stop);
    } else if (!walk.IsDirectory() && notice) {
      notice(fmt::format("{}/{} was not uploaded: {}.", tree.seen_as.string(), walk.path(),
                         file.valid() ? "its name cannot be that of an object" : "it is no file"));
    }
  }
}

void UploadChanges(const RoleObjects& objects, const WorkloadTree& tree, const S3Uri& target, OtherObjects others,
                   const Path& staging, const std::stop_token& stop) {
  ChangesUpload(objects, tree, target, staging, stop).Run(others);
}

}  // namespace sagebrush::sagemaker
