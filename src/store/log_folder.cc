#include "store/log_folder.h"

#include "base/log.h"
#include "store/sqlite_connection.h"

namespace sagebrush::store {
namespace {

// A failure shows again, and is told, when the log is written to.
int Fold(const SqliteConnection& connection) {
  int pages = 0, folded = 0;
  const int code = sqlite3_wal_checkpoint_v2(connection.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &folded);
  return code == SQLITE_OK ? folded : 0;
}

}  // namespace

LogFolder::LogFolder(const Path& file) : file_(file) {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

LogFolder::~LogFolder() = default;

void LogFolder::Begin() {
  {
    const MutexLock lock(mutex_);
    if (busy_) return;
    busy_ = true;
    folded_.reset();
  }
  wake_.notify_one();
}

bool LogFolder::Busy() const {
  const MutexLock lock(mutex_);
  return busy_;
}

void LogFolder::Wait() const {
  MutexLock lock(mutex_);
  lock.Wait(ended_, [this]() REQUIRES(mutex_) { return !busy_; });
}

std::optional<int> LogFolder::TakeFolded() {
  const MutexLock lock(mutex_);
  return std::exchange(folded_, std::nullopt);
}

void LogFolder::Run(const std::stop_token& stop) {
  std::optional<SqliteConnection> connection;  // From the first time on: a database that is not written to has none.
  MutexLock lock(mutex_);
  for (;;) {
    lock.Wait(wake_, stop, [this]() REQUIRES(mutex_) { return busy_; });
    if (!busy_) return;
    lock.Unlock();
    int folded = 0;
    try {
      if (!connection) {
        connection.emplace(file_, SqliteConnection::Mode::kReadWrite);
        connection->Execute("PRAGMA schema_version");  // Only who has read knows that there is a log.
      }
      folded = Fold(*connection);
    } catch (const Error& error) {
      LogError("The log of {} is folded by its writer for now: {}", file_.string(), error.what());
    }
    lock.Lock();
    busy_ = false;
    folded_ = folded;
    ended_.notify_all();
  }
}

}  // namespace sagebrush::store
