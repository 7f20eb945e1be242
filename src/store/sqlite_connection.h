#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace sagebrush::store {

// One run of a prepared statement. Resets it on destruction, which also ends its read transaction.
class SqliteQuery {
 public:
  SqliteQuery(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  SqliteQuery(const SqliteQuery&) = delete;
  SqliteQuery& operator=(const SqliteQuery&) = delete;
  ~SqliteQuery();

  // Binds the next parameter. Texts must live as long as the query.
  SqliteQuery& Bind(std::string_view text);
  SqliteQuery& Bind(std::int64_t value);
  // True: a row is there to be read. Throws Error.
  bool Step();
  std::string_view Text(int column) const;  // Until the next Step.
  std::int64_t Int(int column) const;
  bool IsNull(int column) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

// What a write meets when the disk that holds `file` is full.
Error DiskFull(const std::string& file);

// Before the first use of SQLite in this process, by whatever folder; may be called again.
void PrepareSqlite();

// A connection to a database file with its prepared statements. Used by one thread at a time.
class SqliteConnection {
 public:
  enum class Mode { kReadWrite, kReadOnly };

  // Creates the file when it is missing and `mode` allows. Throws Error.
  SqliteConnection(const Path& file, Mode mode);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;
  ~SqliteConnection();

  void Execute(const std::string& sql);       // One or more statements without parameters. Throws Error.
  SqliteQuery Query(const std::string& sql);  // Prepared once per text. Throws Error.
  bool InTransaction() const;
  int Changes() const;  // Rows changed by the last write.
  sqlite3* handle() const { return database_; }

 private:
  sqlite3* database_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

}  // namespace sagebrush::store
