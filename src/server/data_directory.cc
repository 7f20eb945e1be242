#include "server/data_directory.h"

#include <sys/stat.h>

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"

namespace sagebrush::server {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = "complete";
// Written at the end of a start by every release, also by those that knew no marker.
constexpr const char* kLastOfAStart = "server.json";

struct KeptFile {
  const char* name;
  const char* holds;
};

// What only a backup can bring back. `credentials` is not among them: it is written again from the database.
constexpr KeptFile kKept[] = {
    {"resources.db", "all resources, users and policies"},
    {"objects/index.db", "which objects there are"},
    {"server.key", "the key that secrets in the database are sealed with"},
    {"tls/ca.pem", "the certificate authority that clients trust"},
    {"tls/ca-key.pem", "the key of the certificate authority that clients trust"},
};

// SQLite takes an empty file for a new database.
bool IsMissing(const Path& file) {
  std::error_code error;
  return !fs::exists(file, error) || fs::file_size(file, error) == 0;
}

void RequireKept(const Path& data) {
  std::error_code ignored;
  if (!fs::exists(data / kMarker, ignored) && !fs::exists(data / kLastOfAStart, ignored)) return;
  for (const KeptFile& file : kKept) {
    if (!IsMissing(data / file.name)) continue;
    throw Error(kInternalFailure,
                fmt::format("{} is missing or empty. It holds {}, and this data directory is not new, so no other is "
                            "made in its place. Restore the file from a backup of the whole directory, or start with "
                            "an empty one: move {} away, or give another with --data.",
                            (data / file.name).string(), file.holds, data.string()));
  }
}

// Returns whether it had to.
bool Tighten(const Path& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0 || S_ISLNK(status.st_mode) || (status.st_mode & 0077) == 0) return false;
  if (::chmod(path.c_str(), status.st_mode & 0700) != 0) {
    ThrowSystemError("Cannot keep other users from " + path.string() +
                     " (run the server as the user who owns its data directory)");
  }
  return true;
}

// The directory itself keeps others from everything below it; what lies at its top is tightened as well, in case it is
// copied elsewhere.
void TightenAll(const Path& data) {
  int tightened = Tighten(data) ? 1 : 0;
  for (const auto& entry : fs::directory_iterator(data)) tightened += Tighten(entry.path()) ? 1 : 0;
  if (tightened > 0) {
    LogWarning("{} could be read by other users; now only by its owner ({} files and directories changed).",
               data.string(), tightened);
  }
}

}  // namespace

Path OpenDataDirectory(const Path& data) {
  ::umask(0077);
  std::error_code error;
  fs::create_directories(data, error);
  if (error) throw Error(kInternalFailure, "Cannot make " + data.string() + ": " + error.message());
  Path absolute = fs::absolute(data).lexically_normal();
  RequireKept(absolute);
  TightenAll(absolute);
  return absolute;
}

void MarkComplete(const Path& data) {
  std::error_code ignored;
  if (fs::exists(data / kMarker, ignored)) return;
  WriteFileDurably(
      data / kMarker,
      "Everything that a server keeps was here once. A file that is missing from now on is lost, not new.\n");
}

}  // namespace sagebrush::server
