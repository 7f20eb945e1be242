#include "objects/object_index.h"

#include <exception>
#include <functional>
#include <semaphore>

#include "base/error.h"
#include "base/log.h"
#include "base/memory_only.h"
#include "store/write_ahead_log.h"

namespace sagebrush::objects {

struct ObjectIndex::Waiting {
  const std::function<void(IndexTables&)>& change;
  std::exception_ptr error{};
  bool leads = false;  // It is to commit what waits, its own change included.
  std::binary_semaphore woken{0};
};

namespace {

constexpr std::size_t kCachedBytesMax = 32 << 20;

const Path& WithIntactLog(const Path& file) {
  store::RequireIntactLog(file);
  return file;
}

// What an entry takes in memory, roughly.
std::size_t BytesOf(const IndexedObject& indexed) {
  constexpr std::size_t kEach = 64;  // Of a map or a list, besides the texts.
  const Object& object = indexed.object;
  std::size_t bytes = sizeof(IndexedObject) + 256 + 2 * object.key.size() + object.parts.size() * sizeof(Part);
  for (const auto* texts : {&object.properties.headers, &object.properties.metadata}) {
    for (const auto& [name, value] : *texts) bytes += kEach + name.size() + value.size();
  }
  for (const auto& [name, value] : object.properties.tags) bytes += kEach + name.size() + value.size();
  if (object.properties.acl) bytes += object.properties.acl->size() * 2 * kEach;
  return bytes + object.encryption.sealed_key.size() + object.encryption.wrapped_key.size() +
         object.encryption.kms_context.size();
}

}  // namespace

std::size_t ObjectIndex::KeyHash::operator()(const KeyOfBucket& key) const {
  return std::hash<std::string>()(key.key) + static_cast<std::size_t>(key.bucket) * 0x9e3779b97f4a7c15ULL;
}

ObjectIndex::ObjectIndex(const Path& file, Durability durability)
    : file_(WithIntactLog(file)), writer_(file, store::SqliteConnection::Mode::kReadWrite), current_(kCachedBytesMax) {
  writer_.Migrate();
  if (durability == Durability::kCrash) writer_.database().Execute("PRAGMA synchronous=NORMAL;");
  // Debian's SQLite writes zeros over what is deleted: each small object's bytes once more.
  writer_.database().Execute("PRAGMA temp_store=MEMORY; PRAGMA secure_delete=OFF;");
  log_room_.emplace(writer_.database().handle(), file);
}

ObjectIndex::~ObjectIndex() {
  if (deferred_.empty()) return;
  std::vector<Waiting*> nobody;
  Commit(nobody, deferred_);
}

void ObjectIndex::Write(const std::function<void(IndexTables&)>& change) {
  Waiting waiting{change};
  {
    const MutexLock lock(mutex_);
    queue_.push_back(&waiting);
    waiting.leads = !std::exchange(committing_, true);
  }
  if (!waiting.leads) waiting.woken.acquire();
  if (waiting.leads) Lead(waiting);
  if (waiting.error) std::rethrow_exception(waiting.error);
}

// Commits what waits, and leaves what has come since to one of those who wait for it.
void ObjectIndex::Lead(const Waiting& own) {
  std::vector<Waiting*> batch;
  std::vector<std::function<void(IndexTables&)>> deferred;
  {
    const MutexLock lock(mutex_);
    batch.swap(queue_);
    deferred.swap(deferred_);
  }
  Commit(batch, deferred);
  Waiting* next = nullptr;
  {
    const MutexLock lock(mutex_);
    committing_ = !queue_.empty();
    if (committing_) next = queue_.front();
  }
  if (next != nullptr) {
    next->leads = true;
    next->woken.release();
  }
  for (Waiting* waiting : batch) {
    if (waiting != &own) waiting->woken.release();
  }
}

void ObjectIndex::Defer(std::function<void(IndexTables&)> change) {
  const MutexLock lock(mutex_);
  deferred_.push_back(std::move(change));
}

std::unique_ptr<IndexTables> ObjectIndex::Borrow() const {
  MemoryOnly::Check();
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

std::optional<IndexedObject> ObjectIndex::FindObject(std::int64_t bucket, const std::string& key) const {
  const KeyOfBucket name{bucket, key};
  const auto cached = current_.Get(name);
  if (cached.value != nullptr) return *cached.value;
  auto found = Read()->FindObject(bucket, key);
  if (found) current_.Fill(name, std::make_shared<const IndexedObject>(*found), BytesOf(*found), cached.generation);
  return found;
}

// One transaction for all. Each change has a savepoint, so that one that throws undoes itself only.
void ObjectIndex::Commit(std::vector<Waiting*>& batch, std::vector<std::function<void(IndexTables&)>>& deferred) {
  store::SqliteConnection& database = writer_.database();
  try {
    database.Execute("BEGIN IMMEDIATE");
    for (Waiting* waiting : batch) Apply(*waiting);
    for (const auto& change : deferred) change(writer_);
    database.Execute("COMMIT");
  } catch (const std::exception& error) {
    LogError("A commit of the object index failed: {}", error.what());
    for (Waiting* waiting : batch) {
      if (!waiting->error) waiting->error = std::current_exception();
    }
    database.RollBack();
  }
  // Before anybody is told: who asks then finds nothing older.
  for (const KeyOfBucket& key : writer_.TakeChanged()) current_.Remove(key);
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
