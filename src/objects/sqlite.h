#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sagebrush::objects {

class Database;

// A prepared statement, kept for the life of its connection and run again and again.
// Bound text and blobs must live until Reset: they are not copied.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters are numbered from 1. Returns *this, to be chained.
  Statement& Bind(int parameter, std::int64_t value);
  Statement& BindText(int parameter, std::string_view value);
  Statement& BindBlob(int parameter, std::string_view value);

  // True: a row is there to be read. False: done; the statement is reset. Throws Error.
  bool Step();
  // Step until done, for statements without rows.
  void Run();
  void Reset();

  // Columns are numbered from 0. Views live until the next Step or Reset.
  std::int64_t Integer(int column) const;
  std::string_view Bytes(int column) const;
  std::string Text(int column) const { return std::string(Bytes(column)); }

 private:
  Database& database_;
  sqlite3_stmt* handle_ = nullptr;
};

// Resets a statement on every way out of a function that reads its rows.
class StatementScope {
 public:
  explicit StatementScope(Statement& statement) : statement_(statement) {}
  ~StatementScope() { statement_.Reset(); }
  StatementScope(const StatementScope&) = delete;

 private:
  Statement& statement_;
};

// One connection to a SQLite file. Used by one thread at a time.
class Database {
 public:
  enum class Mode { kReadWrite, kReadOnly };
  Database(const Path& file, Mode mode);  // Throws Error.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void Execute(const char* sql);
  bool InTransaction() const;
  void Rollback() noexcept;  // Ends the transaction, if there is one, without its changes.
  sqlite3* handle() const { return handle_; }
  // Throws Error for SQLite's `code`: kInsufficientStorage on a full disk, else kInternalFailure; names the file.
  [[noreturn]] void Fail(int code) const;

 private:
  Path file_;
  sqlite3* handle_ = nullptr;
};

}  // namespace sagebrush::objects
