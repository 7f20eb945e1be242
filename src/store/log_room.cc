#include "store/log_room.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace sagebrush::store {
namespace {

constexpr std::uint64_t kHeaderSize = 32;
constexpr std::uint64_t kFrameSize = 24 + 4096;  // Of a page of the default size.
constexpr int kCheckpointPages = 4000;
constexpr int kCheckpointPagesMax = 16'000;
constexpr int kLittle = 512;                   // Pages that the committing thread folds itself: 2 MB.
constexpr int kTriedAgainAt = 64;              // More pages, where a reader was in the way.
constexpr std::uint64_t kRoomMin = 256 << 10;  // More than a commit usually takes.
constexpr std::size_t kPieces = 16;            // Of `zeros`, that it grows by: 1 MiB.

// Takes no memory: nothing is ever written to it.
std::array<char, 64 << 10> zeros;

}  // namespace

LogRoom::LogRoom(sqlite3* database, const Path& file)
    : database_(database), log_(file.string() + "-wal"), folder_(file) {
  sqlite3_wal_hook(database_, Committed, this);
}

LogRoom::~LogRoom() { sqlite3_wal_hook(database_, nullptr, nullptr); }

int LogRoom::Committed(void* room, sqlite3*, const char*, int pages) {
  static_cast<LogRoom*>(room)->Grow(pages);
  static_cast<LogRoom*>(room)->Fold(pages);
  return SQLITE_OK;
}

// The log begins anew with the first commit that finds all of it in the database. Under load there is always some more,
// so whoever commits has to take the last step.
void LogRoom::Fold(int pages) {
  if (pages < pages_) folded_ = tried_at_ = 0;  // It has begun anew.
  pages_ = pages;
  if (pages < kCheckpointPages) return;
  const bool too_many = pages >= kCheckpointPagesMax;
  if (too_many) folder_.Wait();
  if (folder_.Busy()) return;
  if (const auto folded = folder_.TakeFolded()) folded_ = *folded;
  if (pages - folded_ > kLittle && !too_many) return folder_.Begin();
  if (pages < tried_at_ + kTriedAgainAt) return;
  tried_at_ = pages;
  // As SQLite's own hook does it: a failure shows again, and is told, when the log is written to.
  sqlite3_wal_checkpoint_v2(database_, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, &folded_);
}

void LogRoom::Grow(int pages) {
  if (!file_.valid()) file_ = FileDescriptor(::open(log_.c_str(), O_WRONLY | O_CLOEXEC));
  struct stat status{};
  if (!file_.valid() || ::fstat(file_.get(), &status) != 0) return;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const std::uint64_t filled = kHeaderSize + static_cast<std::uint64_t>(pages) * kFrameSize;
  if (size >= filled + kRoomMin) return;
  // Written, not just allocated: a first write into allocated bytes goes through the journal as well. Bytes that are
  // no commit end the log for SQLite, as what an earlier use of the file left does. The next commit syncs them.
  std::array<iovec, kPieces> pieces;
  pieces.fill({zeros.data(), zeros.size()});
  (void)::pwritev(file_.get(), pieces.data(), kPieces, static_cast<off_t>(std::max(size, filled)));
}

}  // namespace sagebrush::store
