#include "objects/sqlite.h"

#include <sqlite3.h>

#include "base/error.h"
#include "objects/errors.h"
#include "store/sqlite_connection.h"

namespace sagebrush::objects {

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK) database.Fail(code);
}

Statement::~Statement() { sqlite3_finalize(handle_); }

Statement& Statement::Bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(handle_, parameter, value);
  return *this;
}

Statement& Statement::BindText(int parameter, std::string_view value) {
  sqlite3_bind_text(handle_, parameter, value.data() ? value.data() : "", static_cast<int>(value.size()),
                    SQLITE_STATIC);
  return *this;
}

Statement& Statement::BindBlob(int parameter, std::string_view value) {
  sqlite3_bind_blob(handle_, parameter, value.data() ? value.data() : "", static_cast<int>(value.size()),
                    SQLITE_STATIC);
  return *this;
}

bool Statement::Step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  sqlite3_reset(handle_);
  if (code != SQLITE_DONE) database_.Fail(code);
  return false;
}

void Statement::Run() {
  while (Step()) {
  }
}

void Statement::Reset() { sqlite3_reset(handle_); }

std::int64_t Statement::Integer(int column) const { return sqlite3_column_int64(handle_, column); }

std::string_view Statement::Bytes(int column) const {
  const void* data = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  return data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data), size);
}

Database::Database(const Path& file, Mode mode) : file_(file) {
  store::PrepareSqlite();
  const int flags = mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(file.c_str(), &handle_, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    sqlite3_close(handle_);
    handle_ = nullptr;
    throw Error(kInternalFailure, "Cannot open the object index " + file.string() + ": " + sqlite3_errstr(code));
  }
  sqlite3_busy_timeout(handle_, 10'000);
}

Database::~Database() { sqlite3_close(handle_); }

void Database::Execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) Fail(code);
}

bool Database::InTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }

void Database::Rollback() noexcept {
  if (InTransaction()) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Database::Fail(int code) const {
  if ((code & 0xff) == SQLITE_FULL) {
    throw Error(kInsufficientStorage,
                "The disk that holds the objects is full, so nothing was written. Free some space and try again.");
  }
  throw Error(kInternalFailure, "The object index " + file_.string() + " failed: " + sqlite3_errmsg(handle_));
}

}  // namespace sagebrush::objects
