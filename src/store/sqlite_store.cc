#include "store/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "base/id.h"
#include "store/write_ahead_log.h"

namespace sagebrush::store {
namespace {

// The lock goes with the process, however it ends.
FileDescriptor LockDirectory(const Path& directory) {
  std::filesystem::create_directories(directory);
  const Path path = directory / "lock";
  FileDescriptor file = OpenFile(path, O_RDWR | O_CREAT);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    std::string holder = ReadFile(path);
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    throw Error(kInternalFailure, "Another server" + (holder.empty() ? "" : " (process " + holder + ")") +
                                      " is using the data directory " + directory.string() +
                                      ". Stop it first, or give this one another directory with --data.");
  }
  if (::ftruncate(file.get(), 0) == 0) WriteAll(file.get(), std::to_string(::getpid()) + "\n");
  return file;
}

}  // namespace

SqliteStore::SqliteStore(const Path& directory, const Options& options)
    : lock_(LockDirectory(directory)), cache_(options.cache_bytes_max) {
  RequireIntactLog(SqliteReader::File(directory));
  writer_ = std::make_unique<SqliteWriter>(SqliteReader::File(directory),
                                           [this](std::span<PendingWrite* const> writes) { Committed(writes); });
  reader_ = std::make_unique<SqliteReader>(directory, &cache_);
}

SqliteStore::~SqliteStore() = default;

bool SqliteStore::Insert(Resource& resource) {
  if (resource.uid.empty()) resource.uid = NewUuid();
  return Write(resource, PendingWrite::What::kInsert);
}

bool SqliteStore::Update(Resource& resource) { return Write(resource, PendingWrite::What::kUpdate); }

bool SqliteStore::Delete(const Resource& resource) {
  PendingWrite write{PendingWrite::What::kDelete, std::make_shared<Resource>(resource)};
  writer_->Run(write);
  return write.applied;
}

bool SqliteStore::Write(Resource& resource, PendingWrite::What what) {
  PendingWrite write{what, std::make_shared<Resource>(resource), ToText(resource.spec), ToText(resource.status)};
  writer_->Run(write);
  if (write.applied) resource.version = write.resource->version;
  return write.applied;
}

void SqliteStore::Committed(std::span<PendingWrite* const> writes) {
  for (const PendingWrite* write : writes) {
    if (write->what == PendingWrite::What::kDelete) {
      cache_.Remove(write->resource->key);
    } else {
      // A copy that this thread makes lies together in memory, unlike what a busy caller made: who describes many
      // resources in turn gets a third more of them.
      cache_.Put(std::make_shared<const Resource>(*write->resource));
    }
  }
  const std::lock_guard lock(mutex_);
  for (const PendingWrite* write : writes) {
    const Change change{write->resource->key, write->resource->version, write->what == PendingWrite::What::kDelete};
    for (const auto& listener : listeners_) listener(change);
  }
}

void SqliteStore::Subscribe(std::function<void(const Change&)> listener) {
  const std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(listener));
}

std::unique_ptr<Reader> OpenReadOnly(const Path& directory) {
  RequireIntactLog(SqliteReader::File(directory));
  return std::make_unique<SqliteReader>(directory);
}

}  // namespace sagebrush::store
