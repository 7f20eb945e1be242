#include "store/sqlite_connection.h"

#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"

namespace sagebrush::store {
namespace {

constexpr int kBusyMilliseconds = 10'000;

// Before the first use of SQLite. Nobody reads its statistics of memory, for which all threads would wait for each
// other at each allocation.
void Prepare() {
  static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)done;
}

}  // namespace

Error DiskFull(const std::string& file, const ErrorKind& kind) {
  LogWarning("No space is left on the disk that holds {}: writes are refused.", file);
  return {kind, "No space is left on the server's disk. Nothing was written; free some space and try again."};
}

Error DiskFailed(const std::string& file, std::string_view why) {
  LogError("The disk failed on {} ({}): check it.", file, why);
  return {kServiceUnavailable, "The server's disk failed. Nothing was acknowledged; try again later."};
}

SqliteQuery::~SqliteQuery() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

SqliteQuery& SqliteQuery::Bind(std::string_view text) {
  const char* bytes = text.data() != nullptr ? text.data() : "";
  const int code = sqlite3_bind_text64(statement_, ++bound_, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) connection_.Throw(code);
  return *this;
}

SqliteQuery& SqliteQuery::BindBlob(std::string_view bytes) {
  const char* start = bytes.data() != nullptr ? bytes.data() : "";
  const int code = sqlite3_bind_blob64(statement_, ++bound_, start, bytes.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) connection_.Throw(code);
  return *this;
}

SqliteQuery& SqliteQuery::Bind(std::int64_t value) {
  const int code = sqlite3_bind_int64(statement_, ++bound_, value);
  if (code != SQLITE_OK) connection_.Throw(code);
  return *this;
}

bool SqliteQuery::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  connection_.Throw(code);
}

void SqliteQuery::Run() {
  while (Step()) {
  }
}

std::string_view SqliteQuery::Text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {bytes != nullptr ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t SqliteQuery::Int(int column) const { return sqlite3_column_int64(statement_, column); }

bool SqliteQuery::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

SqliteConnection::SqliteConnection(const Path& file, Mode mode, const ErrorKind& disk_full)
    : file_(file), disk_full_(disk_full) {
  Prepare();
  const int access = mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(file.c_str(), &database_, access | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    sqlite3_close(std::exchange(database_, nullptr));
    Throw(code);
  }
  sqlite3_extended_result_codes(database_, 1);
  sqlite3_busy_timeout(database_, kBusyMilliseconds);
}

SqliteConnection::~SqliteConnection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

void SqliteConnection::Throw(int code) const {
  const std::string where = file_.string();
  const char* what = database_ != nullptr ? sqlite3_errmsg(database_) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_FULL:
      throw DiskFull(where, disk_full_);
    case SQLITE_IOERR:
      throw DiskFailed(where, fmt::format("{}, code {}", sqlite3_errstr(code), code));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error(kInternalFailure, fmt::format("{} is damaged ({}). Restore it from a backup.", where, what));
    case SQLITE_CANTOPEN:
      throw Error(kInternalFailure,
                  fmt::format("Cannot open {} ({}). Check that it exists and may be read.", where, what));
    default:
      throw Error(kInternalFailure, fmt::format("SQLite failed on {}: {} (code {})", where, what, code));
  }
}

void SqliteConnection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) Throw(code);
}

SqliteQuery SqliteConnection::Query(std::string_view sql) {
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return {*this, known->second};
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
  if (code != SQLITE_OK) Throw(code);
  statements_.emplace(sql, statement);
  return {*this, statement};
}

void SqliteConnection::RollBack() noexcept {
  // It may fail where SQLite has rolled back by itself, or will before the next transaction.
  if (InTransaction()) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
}

bool SqliteConnection::InTransaction() const { return sqlite3_get_autocommit(database_) == 0; }

int SqliteConnection::Changes() const { return sqlite3_changes(database_); }

}  // namespace sagebrush::store
