#include "sagemaker/training/checkpoints.h"

#include <sys/stat.h>

#include <map>

#include "sagemaker/training/channels.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;

std::int64_t ModifiedMilliseconds(const Path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return status.st_mtim.tv_sec * 1000LL + status.st_mtim.tv_nsec / 1'000'000;
}

// The job writes while we read: what vanished or is being renamed is for the next time.
std::map<std::string, Path> FilesIn(const Path& directory) {
  std::map<std::string, Path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; it != end; it.increment(error)) {
    if (error) break;
    const auto status = it->symlink_status(error);
    if (!error && fs::is_regular_file(status)) {
      files.emplace(it->path().lexically_relative(directory).string(), it->path());
    }
  }
  return files;
}

S3Uri Folder(S3Uri uri) {
  if (!uri.key.empty() && uri.key.back() != '/') uri.key += '/';
  return uri;
}

}  // namespace

void RestoreCheckpoints(const RoleObjects& objects, const S3Uri& uri, const Path& directory) {
  fs::create_directories(directory);
  const S3Uri folder = Folder(uri);
  for (const RoleObject& object : objects.List(folder)) {
    const Path relative = PathInChannel(folder.key, object.key);
    if (relative.empty()) continue;
    fs::create_directories((directory / relative).parent_path());
    fs::remove(directory / relative);
    objects.Copy({folder.bucket, object.key}, directory / relative);
  }
}

void SaveCheckpoints(const RoleObjects& objects, const S3Uri& uri, const Path& directory, const Path& staging) {
  const S3Uri folder = Folder(uri);
  const std::map<std::string, Path> files = FilesIn(directory);
  std::map<std::string, RoleObject> stored;
  for (const RoleObject& object : objects.List(folder)) stored.emplace(object.key.substr(folder.key.size()), object);
  for (const auto& [name, path] : files) {
    const auto found = stored.find(name);
    std::error_code gone;
    const auto size = static_cast<std::int64_t>(fs::file_size(path, gone));
    if (gone) continue;
    const bool current = found != stored.end() && found->second.size == size &&
                         found->second.modified.milliseconds > ModifiedMilliseconds(path);
    if (current) continue;
    // The job may go on writing to its file: the object gets bytes of its own.
    fs::remove(staging);
    fs::copy_file(path, staging, gone);
    if (!gone) objects.Put(folder / name, staging);
    fs::remove(staging, gone);
  }
  for (const auto& [name, object] : stored) {
    if (!files.contains(name)) objects.Delete({folder.bucket, object.key});
  }
}

}  // namespace sagebrush::sagemaker
