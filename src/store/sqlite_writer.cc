#include "store/sqlite_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "store/row_sum.h"
#include "store/sqlite_migrations.h"

namespace sagebrush::store {
namespace {

// Versions are reserved in blocks, so that numbering them costs no write of its own; a restart skips the rest.
constexpr std::uint64_t kVersionBlock = 1'000'000;

}  // namespace

SqliteWriter::SqliteWriter(const Path& file, std::function<void(const PendingCommit&)> committed)
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
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

void SqliteWriter::Run(PendingCommit& commit) {
  bool first = false;
  {
    const MutexLock lock(mutex_);
    first = waiting_.empty();
    waiting_.push_back(&commit);
  }
  if (first) arrived_.notify_one();
  MutexLock lock(commit.mutex);
  lock.Wait(commit.finished, [&]() REQUIRES(commit.mutex) { return commit.done; });
  if (commit.error) std::rethrow_exception(commit.error);
}

void SqliteWriter::Loop() {
  std::vector<PendingCommit*> batch;
  for (;;) {
    {
      MutexLock lock(mutex_);
      lock.Wait(arrived_, [&]() REQUIRES(mutex_) { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      batch.swap(waiting_);
    }
    Finish(batch);
    for (PendingCommit* commit : batch) {
      // Under the lock: the caller may destroy `commit` as soon as it sees `done`.
      const MutexLock lock(commit->mutex);
      commit->done = true;
      commit->finished.notify_one();
    }
    batch.clear();
  }
}

void SqliteWriter::Finish(const std::vector<PendingCommit*>& batch) {
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
    for (PendingCommit* commit : batch) commit->error = std::current_exception();
    return;
  }
  for (const PendingCommit* commit : batch) {
    if (!commit->refused && !commit->error) committed_(*commit);
  }
}

void SqliteWriter::Transact(const std::vector<PendingCommit*>& batch) {
  try {
    connection_.Execute("BEGIN IMMEDIATE");
    for (PendingCommit* commit : batch) ApplyAlone(*commit);
    connection_.Execute("COMMIT");
  } catch (const std::exception&) {
    RollBack();
    throw;
  }
}

void SqliteWriter::ApplyAlone(PendingCommit& commit) {
  commit.refused.reset();
  commit.error = nullptr;
  const bool inserts =
      std::ranges::any_of(commit.rows, [](const auto& row) { return row.what == Write::What::kInsert; });
  if (inserts && !reserve_.held()) {
    commit.error = std::make_exception_ptr(DiskFull(file_.string()));
    return;
  }
  // One write undoes itself.
  const bool several = commit.rows.size() > 1;
  if (several) connection_.Execute("SAVEPOINT several");
  try {
    commit.refused = Apply(commit);
  } catch (const Error& error) {
    // Out of space or a failing disk concerns all; a document that SQLite refuses, only its writer.
    if (error.kind().code == kServiceUnavailable.code || !connection_.InTransaction()) throw;
    commit.error = std::current_exception();
  }
  if (!several) return;
  if (commit.refused || commit.error) {
    connection_.Execute("ROLLBACK TO several");
    version_reserved_ = version_;  // As in RollBack.
  }
  connection_.Execute("RELEASE several");
}

std::optional<std::size_t> SqliteWriter::Apply(PendingCommit& commit) {
  for (std::size_t i = 0; i < commit.rows.size(); ++i) {
    if (!Apply(commit.rows[i])) return i;
  }
  return std::nullopt;
}

bool SqliteWriter::Apply(PendingCommit::Row& row) {
  switch (row.what) {
    case Write::What::kInsert:
      return Insert(row);
    case Write::What::kUpdate:
      return Update(row);
    case Write::What::kDelete:
      return Delete(row);
  }
  return false;
}

bool SqliteWriter::Insert(PendingCommit::Row& row) {
  Resource& resource = *row.after;
  resource.version = NextVersion();
  SqliteQuery query = connection_.Query(
      "INSERT INTO resource(kind, account, region, name, uid, version, generation, state, created, modified, spec, "
      "status, attributes, sum) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT(kind, account, region, name) DO NOTHING");
  query.Bind(resource.key.kind).Bind(resource.key.account).Bind(resource.key.region).Bind(resource.key.name);
  query.Bind(resource.uid).Bind(static_cast<std::int64_t>(resource.version));
  query.Bind(static_cast<std::int64_t>(resource.generation)).Bind(resource.state);
  query.Bind(resource.created.milliseconds).Bind(resource.modified.milliseconds).Bind(row.spec).Bind(row.status);
  query.Bind(row.attributes).Bind(RowSum(resource, row.spec, row.status, row.attributes));
  query.Run();
  return connection_.Changes() > 0;
}

bool SqliteWriter::Update(PendingCommit::Row& row) {
  Resource& resource = *row.after;
  resource.version = NextVersion();
  SqliteQuery query = connection_.Query(
      "UPDATE resource SET uid = ?, version = ?, generation = ?, state = ?, created = ?, modified = ?, spec = ?, "
      "status = ?, attributes = ?, sum = ? WHERE kind = ? AND account = ? AND region = ? AND name = ? AND version = ?");
  query.Bind(resource.uid).Bind(static_cast<std::int64_t>(resource.version));
  query.Bind(static_cast<std::int64_t>(resource.generation)).Bind(resource.state);
  query.Bind(resource.created.milliseconds).Bind(resource.modified.milliseconds).Bind(row.spec).Bind(row.status);
  query.Bind(row.attributes).Bind(RowSum(resource, row.spec, row.status, row.attributes));
  query.Bind(resource.key.kind).Bind(resource.key.account).Bind(resource.key.region).Bind(resource.key.name);
  query.Bind(static_cast<std::int64_t>(row.before->version));
  query.Run();
  return connection_.Changes() > 0;
}

bool SqliteWriter::Delete(const PendingCommit::Row& row) {
  const Resource& resource = *row.before;
  SqliteQuery query = connection_.Query(
      "DELETE FROM resource WHERE kind = ? AND account = ? AND region = ? AND name = ? AND version = ?");
  query.Bind(resource.key.kind).Bind(resource.key.account).Bind(resource.key.region).Bind(resource.key.name);
  query.Bind(static_cast<std::int64_t>(resource.version));
  query.Run();
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
