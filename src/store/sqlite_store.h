#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/mutex.h"
#include "store/resource_cache.h"
#include "store/sqlite_reader.h"
#include "store/sqlite_writer.h"
#include "store/store.h"

namespace sagebrush::store {

// The store of a single machine: a SQLite database `resources.db` in the data directory, which it creates and brings
// up to date when it is opened.
class SqliteStore : public Store {
 public:
  // Throws Error when another process has the directory open, or a newer program wrote it.
  explicit SqliteStore(const Path& directory, Options options = {});
  ~SqliteStore() override;

  std::shared_ptr<const Resource> Get(const Key& key) const override { return reader_->Get(key); }
  Page List(const ListQuery& query) const override { return reader_->List(query); }
  std::vector<std::shared_ptr<const Resource>> All(const std::string& kind) const override {
    return reader_->All(kind);
  }

  std::optional<std::size_t> Commit(std::span<const Write> writes) override;
  void Subscribe(std::function<void(const Change&)> listener) override;

 private:
  // nullopt: its condition does not hold, as far as can be told before it is the writer's turn.
  std::optional<PendingCommit::Row> RowOf(const Write& write) const;
  void Committed(const PendingCommit& commit);
  std::vector<Attribute> AttributesOf(const Resource& resource) const;
  // Makes them anew when they are another function's than Options::attributes.
  void RefreshAttributes();

  FileDescriptor lock_;
  const Options options_;
  ResourceCache cache_;
  Mutex mutex_;
  std::vector<std::function<void(const Change&)>> listeners_ GUARDED_BY(mutex_);
  std::unique_ptr<SqliteWriter> writer_;
  std::unique_ptr<SqliteReader> reader_;
};

}  // namespace sagebrush::store
