#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace sagebrush::store {

class SqliteConnection;

// One run of a prepared statement. Resets it on destruction, which also ends its read transaction.
class SqliteQuery {
 public:
  SqliteQuery(const SqliteConnection& connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}
  SqliteQuery(const SqliteQuery&) = delete;
  SqliteQuery& operator=(const SqliteQuery&) = delete;
  ~SqliteQuery();

  // Binds the next parameter. Texts and blobs must live as long as the query.
  SqliteQuery& Bind(std::string_view text);
  SqliteQuery& BindBlob(std::string_view bytes);
  SqliteQuery& Bind(std::int64_t value);
  // True: a row is there to be read. Throws Error.
  bool Step();
  // Steps to the end, for what has no rows.
  void Run();
  std::string_view Text(int column) const;  // Of a text or a blob, until the next Step.
  std::int64_t Int(int column) const;
  bool IsNull(int column) const;

 private:
  const SqliteConnection& connection_;
  sqlite3_stmt* const statement_;
  int bound_ = 0;
};

// What a write meets when the disk that holds `file` is full.
Error DiskFull(const std::string& file, const ErrorKind& kind = kServiceUnavailable);
// What a write meets when the disk that holds `file` fails. Clients are not told where the server keeps its files; its
// log tells the operator.
Error DiskFailed(const std::string& file, std::string_view why);

// A connection to a database file with its prepared statements. Used by one thread at a time.
class SqliteConnection {
 public:
  enum class Mode { kReadWrite, kReadOnly };

  // Creates the file when it is missing and `mode` allows. Throws Error. `disk_full`: what a write on a full disk is.
  SqliteConnection(const Path& file, Mode mode, const ErrorKind& disk_full = kServiceUnavailable);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;
  ~SqliteConnection();

  void Execute(const std::string& sql);     // One or more statements without parameters. Throws Error.
  SqliteQuery Query(std::string_view sql);  // Prepared once per text. Throws Error.
  bool InTransaction() const;
  int Changes() const;       // Rows changed by the last write.
  void RollBack() noexcept;  // Ends the transaction, if there is one, without its changes.
  sqlite3* handle() const { return database_; }

 private:
  friend class SqliteQuery;
  [[noreturn]] void Throw(int code) const;

  const Path file_;
  const ErrorKind disk_full_;
  sqlite3* database_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

}  // namespace sagebrush::store
