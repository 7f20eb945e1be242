#include "store/sqlite_writer.h"

#include <fmt/format.h>

#include "base/error.h"
#include "store/row_sum.h"
#include "store/sqlite_migrations.h"

namespace sagebrush::store {
namespace {

// Versions are reserved in blocks, so that numbering them costs no write of its own; a restart skips the rest.
constexpr std::uint64_t kVersionBlock = 1'000'000;

}  // namespace

SqliteWriter::SqliteWriter(const Path& file, std::function<void(std::span<PendingWrite* const>)> committed)
    : connection_(file, SqliteConnection::Mode::kReadWrite),
      file_(file),
      reserve_(file.parent_path() / "reserve"),
      committed_(std::move(committed)) {
  connection_.Execute("PRAGMA journal_mode = WAL");
  connection_.Execute("PRAGMA synchronous = FULL");
  connection_.Execute("PRAGMA journal_size_limit = 67108864");
  connection_.Execute("PRAGMA cache_size = -8192");
  CheckPages();
  Migrate(connection_, file);
  {
    SqliteQuery query = connection_.Query("SELECT value FROM setting WHERE name = 'version_reserved'");
    if (query.Step())
      version_ = version_reserved_ = static_cast<std::uint64_t>(std::stoull(std::string(query.Text(0))));
  }
  log_room_.emplace(connection_.handle(), file);
  thread_ = std::thread([this] { Loop(); });
}

void SqliteWriter::CheckPages() {
  SqliteQuery query = connection_.Query("PRAGMA quick_check(1)");
  if (query.Step() && query.Text(0) == "ok") return;
  throw Error(kInternalFailure, fmt::format("{} is damaged ({}). Restore the data directory from a backup.",
                                            file_.string(), query.Text(0)));
}

SqliteWriter::~SqliteWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

void SqliteWriter::Run(PendingWrite& write) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = waiting_.empty();
    waiting_.push_back(&write);
  }
  if (first) arrived_.notify_one();
  std::unique_lock lock(write.mutex);
  write.finished.wait(lock, [&] { return write.done; });
  if (write.error) std::rethrow_exception(write.error);
}

void SqliteWriter::Loop() {
  std::vector<PendingWrite*> batch;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      batch.swap(waiting_);
    }
    Commit(batch);
    for (PendingWrite* write : batch) {
      // Under the lock: the writer's caller may destroy `write` as soon as it sees `done`.
      const std::lock_guard lock(write->mutex);
      write->done = true;
      write->finished.notify_one();
    }
    batch.clear();
  }
}

void SqliteWriter::Commit(const std::vector<PendingWrite*>& batch) {
  reserve_.Take();
  try {
    try {
      Transact(batch);
    } catch (const Error&) {
      if (!reserve_.held()) throw;
      reserve_.Release();
      Transact(batch);
    }
  } catch (const std::exception&) {
    for (PendingWrite* write : batch) write->error = std::current_exception();
    return;
  }
  std::vector<PendingWrite*> applied;
  for (PendingWrite* write : batch) {
    if (!write->applied) continue;
    if (write->what != PendingWrite::What::kDelete) write->resource->version = write->new_version;
    applied.push_back(write);
  }
  committed_(applied);
}

void SqliteWriter::Transact(const std::vector<PendingWrite*>& batch) {
  try {
    connection_.Execute("BEGIN IMMEDIATE");
    for (PendingWrite* write : batch) ApplyAlone(*write);
    connection_.Execute("COMMIT");
  } catch (const std::exception&) {
    RollBack();
    throw;
  }
}

void SqliteWriter::ApplyAlone(PendingWrite& write) {
  write.applied = false;
  write.error = nullptr;
  if (write.what == PendingWrite::What::kInsert && !reserve_.held()) {
    write.error = std::make_exception_ptr(DiskFull(file_.string()));
    return;
  }
  try {
    write.applied = Apply(write);
  } catch (const Error& error) {
    // Out of space or a failing disk concerns all; a document that SQLite refuses, only its writer.
    if (error.kind().code == kServiceUnavailable.code || !connection_.InTransaction()) throw;
    write.error = std::current_exception();
  }
}

bool SqliteWriter::Apply(PendingWrite& write) {
  switch (write.what) {
    case PendingWrite::What::kInsert:
      return Insert(write);
    case PendingWrite::What::kUpdate:
      return Update(write);
    case PendingWrite::What::kDelete:
      return Delete(write);
  }
  return false;
}

bool SqliteWriter::Insert(PendingWrite& write) {
  const Resource& resource = *write.resource;
  const std::uint64_t version = NextVersion();
  SqliteQuery query = connection_.Query(
      "INSERT INTO resource(kind, account, region, name, uid, version, state, created, modified, spec, status, sum) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(kind, account, region, name) DO NOTHING");
  query.Bind(resource.key.kind).Bind(resource.key.account).Bind(resource.key.region).Bind(resource.key.name);
  query.Bind(resource.uid).Bind(static_cast<std::int64_t>(version)).Bind(resource.state);
  query.Bind(resource.created.milliseconds).Bind(resource.modified.milliseconds).Bind(write.spec).Bind(write.status);
  query.Bind(RowSum(resource, version, write.spec, write.status));
  query.Step();
  if (connection_.Changes() == 0) return false;
  write.new_version = version;
  return true;
}

bool SqliteWriter::Update(PendingWrite& write) {
  const Resource& resource = *write.resource;
  const std::uint64_t version = NextVersion();
  SqliteQuery query = connection_.Query(
      "UPDATE resource SET uid = ?, version = ?, state = ?, created = ?, modified = ?, spec = ?, status = ?, sum = ? "
      "WHERE kind = ? AND account = ? AND region = ? AND name = ? AND version = ?");
  query.Bind(resource.uid).Bind(static_cast<std::int64_t>(version)).Bind(resource.state);
  query.Bind(resource.created.milliseconds).Bind(resource.modified.milliseconds).Bind(write.spec).Bind(write.status);
  query.Bind(RowSum(resource, version, write.spec, write.status));
  query.Bind(resource.key.kind).Bind(resource.key.account).Bind(resource.key.region).Bind(resource.key.name);
  query.Bind(static_cast<std::int64_t>(resource.version));
  query.Step();
  if (connection_.Changes() == 0) return false;
  write.new_version = version;
  return true;
}

bool SqliteWriter::Delete(const PendingWrite& write) {
  const Resource& resource = *write.resource;
  SqliteQuery query = connection_.Query(
      "DELETE FROM resource WHERE kind = ? AND account = ? AND region = ? AND name = ? AND version = ?");
  query.Bind(resource.key.kind).Bind(resource.key.account).Bind(resource.key.region).Bind(resource.key.name);
  query.Bind(static_cast<std::int64_t>(resource.version));
  query.Step();
  return connection_.Changes() > 0;
}

std::uint64_t SqliteWriter::NextVersion() {
  if (version_ == version_reserved_) {
    const std::string reserved = std::to_string(version_reserved_ + kVersionBlock);
    SqliteQuery query = connection_.Query("UPDATE setting SET value = ? WHERE name = 'version_reserved'");
    query.Bind(reserved);
    query.Step();
    version_reserved_ += kVersionBlock;
  }
  return ++version_;
}

void SqliteWriter::RollBack() {
  connection_.RollBack();
  // The reservation may have been undone with the transaction: reserve again before the next version.
  version_reserved_ = version_;
}

}  // namespace sagebrush::store
