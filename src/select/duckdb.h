#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace sagebrush::select {

// Where libduckdb.so lies: in lib/ beside the folder of this program.
Path DuckDbLibrary();

// A database of DuckDB in memory that can read `files` and nothing else, of the settings of which none can be changed.
// Used by one thread.
class DuckDb {
 public:
  // Throws Error(kInternalError): there is no library, or not the one that this program knows.
  DuckDb(const Path& library, const std::vector<std::string>& files);
  ~DuckDb();
  DuckDb(const DuckDb&) = delete;

  using Row = std::vector<std::optional<std::string_view>>;
  // Runs a query, all of whose columns are VARCHARs: calls `begun` when it is known that it can be run, then `each`
  // with each row while they are made. Reads a file that is a pipe once. Throws DuckDbError.
  void Run(const std::string& sql, const std::function<void()>& begun, const std::function<void(const Row&)>& each);
  // Runs statements without a result. Throws DuckDbError.
  void Execute(const std::string& sql);

 private:
  struct Library;
  struct Session;
  std::unique_ptr<Session> session_;
};

// What DuckDB says of a failure.
class DuckDbError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace sagebrush::select
