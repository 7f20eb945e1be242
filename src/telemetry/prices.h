#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/mutex.h"

namespace sagebrush::telemetry {

// What an hour of an instance costs, from a file that the operator edits: instance types with a price each, or with
// one price per use. Safe to call from any thread.
class PriceTable {
 public:
  // Writes the file with approximate prices when it is missing. Throws Error that names the entry when it is wrong.
  explicit PriceTable(const Path& file);

  // USD (or what `Currency` says) an hour; nullopt: the table has no price for it. Follows changes of the file; while
  // a changed file is wrong, the prices before the change hold, and the log says what is wrong.
  std::optional<double> Hourly(std::string_view instance_type, std::string_view use) const;
  std::string Currency() const;
  const Path& file() const { return file_; }

 private:
  struct Prices {
    std::string currency;
    std::map<std::pair<std::string, std::string>, double> hourly;  // By instance type and use; use "" for any.
  };
  static Prices Parse(const Path& file, std::string_view text);
  void Follow() const REQUIRES(mutex_);

  Path file_;
  mutable Mutex mutex_;
  mutable Prices prices_ GUARDED_BY(mutex_);
  mutable std::filesystem::file_time_type modified_ GUARDED_BY(mutex_);
};

}  // namespace sagebrush::telemetry
