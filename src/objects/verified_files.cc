#include "objects/verified_files.h"

#include <sys/stat.h>

#include "base/error.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kFilesMax = 100'000;
constexpr Milliseconds kTrusted = std::chrono::hours(24);

}  // namespace

// Not the time of the inode: that changes with every hard link, as jobs get them.
VerifiedFiles::State VerifiedFiles::StateOf(int file) {
  struct stat status{};
  if (::fstat(file, &status) != 0) ThrowSystemError("Cannot look at an object's file");
  return {status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec, status.st_size};
}

bool VerifiedFiles::Has(const std::string& name, int file, std::size_t extent) {
  const State state = StateOf(file);
  const MutexLock lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end() || found->second.state != state || found->second.since + kTrusted < clock_.Now()) {
    return false;
  }
  return extent < found->second.extents.size() && found->second.extents[extent];
}

void VerifiedFiles::Add(const std::string& name, int file, std::size_t extent) {
  const State state = StateOf(file);
  const Time now = clock_.Now();
  const MutexLock lock(mutex_);
  if (entries_.size() >= kFilesMax) entries_.clear();
  Entry& entry = entries_[name];
  if (entry.state != state || entry.since + kTrusted < now) entry = {state, now, {}};
  if (entry.extents.size() <= extent) entry.extents.resize(extent + 1);
  entry.extents[extent] = true;
}

}  // namespace sagebrush::objects
