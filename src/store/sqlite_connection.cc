#include "store/sqlite_connection.h"

#include "base/error.h"
#include "base/log.h"

namespace sagebrush::store {
namespace {

constexpr int kBusyMilliseconds = 10'000;

[[noreturn]] void ThrowSqlite(sqlite3* database, int code, const std::string& file = "") {
  const char* name = database != nullptr ? sqlite3_db_filename(database, "main") : nullptr;
  const std::string where = !file.empty() ? file : (name != nullptr ? name : "the database");
  const std::string what = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_FULL:
      throw DiskFull(where);
    case SQLITE_IOERR:
      throw Error(kServiceUnavailable, "The disk failed on " + where + " (" + what + ", code " + std::to_string(code) +
                                           "). Nothing was acknowledged; check the disk and try again.");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error(kInternalFailure, where + " is damaged (" + what + "). Restore it from a backup.");
    case SQLITE_CANTOPEN:
      throw Error(kInternalFailure, "Cannot open " + where + " (" + what + "). Check that it exists and may be read.");
    default:
      throw Error(kInternalFailure, "SQLite failed on " + where + ": " + what + " (code " + std::to_string(code) + ")");
  }
}

}  // namespace

Error DiskFull(const std::string& file) {
  // Clients are not told where the server keeps its files; its log tells the operator.
  LogWarning("No space is left on the disk that holds {}: writes are refused.", file);
  return {kServiceUnavailable,
          "No space is left on the server's disk. Nothing was written; free some space and try again."};
}

SqliteQuery::~SqliteQuery() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

SqliteQuery& SqliteQuery::Bind(std::string_view text) {
  const char* bytes = text.data() != nullptr ? text.data() : "";
  const int code = sqlite3_bind_text64(statement_, ++bound_, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) ThrowSqlite(database_, code);
  return *this;
}

SqliteQuery& SqliteQuery::Bind(std::int64_t value) {
  const int code = sqlite3_bind_int64(statement_, ++bound_, value);
  if (code != SQLITE_OK) ThrowSqlite(database_, code);
  return *this;
}

bool SqliteQuery::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  ThrowSqlite(database_, code);
}

std::string_view SqliteQuery::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return {text != nullptr ? text : "", static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t SqliteQuery::Int(int column) const { return sqlite3_column_int64(statement_, column); }

bool SqliteQuery::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

void PrepareSqlite() {
  // Nobody reads its statistics of memory, for which all threads would wait for each other at each allocation.
  static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)done;
}

SqliteConnection::SqliteConnection(const Path& file, Mode mode) {
  PrepareSqlite();
  const int access = mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(file.c_str(), &database_, access | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    sqlite3_close(database_);
    ThrowSqlite(nullptr, code, file.string());
  }
  sqlite3_extended_result_codes(database_, 1);
  sqlite3_busy_timeout(database_, kBusyMilliseconds);
}

SqliteConnection::~SqliteConnection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

void SqliteConnection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) ThrowSqlite(database_, code);
}

SqliteQuery SqliteConnection::Query(const std::string& sql) {
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return {database_, known->second};
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.c_str(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
  if (code != SQLITE_OK) ThrowSqlite(database_, code);
  statements_.emplace(sql, statement);
  return {database_, statement};
}

bool SqliteConnection::InTransaction() const { return sqlite3_get_autocommit(database_) == 0; }

int SqliteConnection::Changes() const { return sqlite3_changes(database_); }

}  // namespace sagebrush::store
