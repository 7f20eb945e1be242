#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "store/page_token.h"
#include "store/resource_cache.h"
#include "store/resource_index.h"
#include "store/sqlite_connection.h"
#include "store/store.h"

namespace sagebrush::store {

// Reads the database that a SqliteStore writes. Each call takes a connection of its own from a pool, so readers wait
// neither for each other nor for the writer.
class SqliteReader : public Reader {
 public:
  // The database is there and of this program's version. Who writes it keeps `cache` up to date, which outlives this.
  SqliteReader(const Path& directory, ResourceCache& cache);
  ~SqliteReader() override;

  std::shared_ptr<const Resource> Get(const Key& key) const override;
  Page List(const ListQuery& query) const override;
  std::vector<std::shared_ptr<const Resource>> All(const std::string& kind) const override;
  // As All, one after the other, with no more than one in memory.
  void ForEach(const std::string& kind, const std::function<void(std::shared_ptr<const Resource>)>& take) const;
  std::vector<std::string> Kinds() const;  // Those of which there is at least one.

  // What List goes by. Who writes keeps it up to date.
  ResourceIndex& index() const { return index_; }

  // The database file in a data directory.
  static Path File(const Path& directory) { return directory / "resources.db"; }

 private:
  class Lease;

  // Throws Error(kInternalFailure) for a row whose bytes have changed.
  std::shared_ptr<const Resource> Read(SqliteQuery& row) const;
  void ReadOutlines(const std::string& kind, const ResourceIndex::Take& take) const;
  [[noreturn]] void ThrowDamaged(const Key& key, std::string_view how) const;

  Path file_;
  ResourceCache& cache_;
  mutable ResourceIndex index_;
  std::unique_ptr<PageTokens> tokens_;
  mutable Mutex mutex_;
  mutable std::vector<std::unique_ptr<SqliteConnection>> idle_ GUARDED_BY(mutex_);
};

}  // namespace sagebrush::store
