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
                                           [this](const PendingCommit& commit) { Committed(commit); });
  reader_ = std::make_unique<SqliteReader>(directory, &cache_);
}

SqliteStore::~SqliteStore() = default;

std::optional<PendingCommit::Row> SqliteStore::RowOf(const Write& write) const {
  const Resource& given = *write.given;
  PendingCommit::Row row{write.what, nullptr, nullptr, "", ""};
  if (write.what != Write::What::kInsert) {
    row.before = reader_->Get(given.key);
    if (row.before == nullptr || row.before->version != given.version) return std::nullopt;
  }
  if (write.what == Write::What::kDelete) return row;
  row.after = std::make_shared<Resource>(given);
  if (row.after->uid.empty()) row.after->uid = NewUuid();
  row.after->generation = row.before == nullptr ? 1 : row.before->generation + (row.before->spec != given.spec ? 1 : 0);
  row.spec = ToText(given.spec);
  row.status = ToText(given.status);
  return row;
}

std::optional<std::size_t> SqliteStore::Commit(std::span<const Write> writes) {
  PendingCommit commit;
  commit.rows.reserve(writes.size());
  for (std::size_t i = 0; i < writes.size(); ++i) {
    auto row = RowOf(writes[i]);
    if (!row) return i;
    commit.rows.push_back(std::move(*row));
  }
  writer_->Run(commit);
  if (commit.refused) return commit.refused;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    if (writes[i].written == nullptr) continue;
    const Resource& after = *commit.rows[i].after;
    writes[i].written->uid = after.uid;
    writes[i].written->version = after.version;
    writes[i].written->generation = after.generation;
  }
  return std::nullopt;
}

void SqliteStore::Committed(const PendingCommit& commit) {
  std::vector<Change> changes;
  changes.reserve(commit.rows.size());
  for (const PendingCommit::Row& row : commit.rows) {
    if (row.after == nullptr) {
      cache_.Remove(row.before->key);
      changes.push_back({row.before, nullptr});
      continue;
    }
    // A copy that this thread makes lies together in memory, unlike what a busy caller made: who describes many
    // resources in turn gets a third more of them.
    changes.push_back({row.before, std::make_shared<const Resource>(*row.after)});
    cache_.Put(changes.back().after);
  }
  const std::lock_guard lock(mutex_);
  for (const Change& change : changes) {
    for (const auto& listener : listeners_) listener(change);
  }
}

void SqliteStore::Subscribe(std::function<void(const Change&)> listener) {
  const std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(listener));
}

}  // namespace sagebrush::store
