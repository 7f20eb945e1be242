#include "objects/object_index.h"

#include <exception>
#include <semaphore>

#include "base/error.h"
#include "base/log.h"
#include "store/write_ahead_log.h"

namespace sagebrush::objects {

struct ObjectIndex::Waiting {
  const std::function<void(IndexTables&)>& change;
  std::exception_ptr error;
  std::binary_semaphore done{0};
};

namespace {
const Path& WithIntactLog(const Path& file) {
  store::RequireIntactLog(file);
  return file;
}
}  // namespace

ObjectIndex::ObjectIndex(const Path& file, Durability durability)
    : file_(WithIntactLog(file)), writer_(file, store::SqliteConnection::Mode::kReadWrite) {
  writer_.Migrate();
  if (durability == Durability::kCrash) writer_.database().Execute("PRAGMA synchronous=NORMAL;");
  // Debian's SQLite writes zeros over what is deleted: each small object's bytes once more.
  writer_.database().Execute("PRAGMA temp_store=MEMORY; PRAGMA secure_delete=OFF;");
  log_room_.emplace(writer_.database().handle(), file);
  thread_ = std::thread([this] { RunWriter(); });
}

ObjectIndex::~ObjectIndex() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  thread_.join();
}

void ObjectIndex::Write(const std::function<void(IndexTables&)>& change) {
  Waiting waiting{change};
  {
    const MutexLock lock(mutex_);
    queue_.push_back(&waiting);
  }
  work_.notify_one();
  waiting.done.acquire();
  if (waiting.error) std::rethrow_exception(waiting.error);
}

void ObjectIndex::Defer(std::function<void(IndexTables&)> change) {
  const MutexLock lock(mutex_);
  deferred_.push_back(std::move(change));
}

std::unique_ptr<IndexTables> ObjectIndex::Borrow() const {
  {
    const MutexLock lock(mutex_);
    if (!readers_.empty()) {
      auto tables = std::move(readers_.back());
      readers_.pop_back();
      return tables;
    }
  }
  return std::make_unique<IndexTables>(file_, store::SqliteConnection::Mode::kReadOnly);
}

void ObjectIndex::Return(std::unique_ptr<IndexTables> tables) const {
  const MutexLock lock(mutex_);
  readers_.push_back(std::move(tables));
}

void ObjectIndex::RunWriter() {
  MutexLock lock(mutex_);
  for (;;) {
    lock.Wait(work_, [this]() REQUIRES(mutex_) { return stopping_ || !queue_.empty(); });
    const bool last = queue_.empty();
    auto batch = std::exchange(queue_, {});
    auto deferred = std::exchange(deferred_, {});
    lock.Unlock();
    if (!batch.empty() || !deferred.empty()) Commit(batch, deferred);
    if (last) return;
    lock.Lock();
  }
}

// One transaction for all. Each change has a savepoint, so that one that throws undoes itself only.
void ObjectIndex::Commit(std::vector<Waiting*>& batch, std::vector<std::function<void(IndexTables&)>>& deferred) {
  store::SqliteConnection& database = writer_.database();
  try {
    database.Execute("BEGIN IMMEDIATE");
    for (Waiting* waiting : batch) Apply(*waiting);
    for (const auto& change : deferred) change(writer_);
    database.Execute("COMMIT");
  } catch (const Error& error) {
    LogError("A commit of the object index failed: {}", error.what());
    for (Waiting* waiting : batch) {
      if (!waiting->error) waiting->error = std::current_exception();
    }
    database.RollBack();
  }
  for (Waiting* waiting : batch) waiting->done.release();
}

void ObjectIndex::Apply(Waiting& waiting) {
  store::SqliteConnection& database = writer_.database();
  database.Execute("SAVEPOINT change");
  try {
    waiting.change(writer_);
  } catch (const std::exception&) {
    waiting.error = std::current_exception();
    if (!database.InTransaction()) throw;  // SQLite gave up the whole transaction, as it does on a full disk.
    database.Execute("ROLLBACK TO change");
  }
  database.Execute("RELEASE change");
}

}  // namespace sagebrush::objects
