#include "store/sqlite_store.h"

#include "base/error.h"
#include "base/id.h"
#include "base/log.h"
#include "store/attribute_text.h"
#include "store/directory_lock.h"
#include "store/write_ahead_log.h"

namespace sagebrush::store {
namespace {

constexpr std::size_t kWritesAtOnce = 1000;
constexpr std::string_view kOwnKind = "store";  // Of what the store remembers for itself.

}  // namespace

SqliteStore::SqliteStore(const Path& directory, Options options)
    : lock_(LockDirectory(directory)), options_(std::move(options)), cache_(options_.cache_bytes_max) {
  RequireIntactLog(SqliteReader::File(directory));
  writer_ = std::make_unique<SqliteWriter>(SqliteReader::File(directory),
                                           [this](const PendingCommit& commit) { Committed(commit); });
  reader_ = std::make_unique<SqliteReader>(directory, cache_);
  RefreshAttributes();
}

SqliteStore::~SqliteStore() = default;

// What it has made anew a kill may undo only whole: which function it was is written last.
void SqliteStore::RefreshAttributes() {
  Resource made;
  made.key = {std::string(kOwnKind), "", "", "attributes"};
  made.spec = {{"Version", options_.attributes_version}};
  if (const auto last = reader_->Get(made.key)) {
    if (last->spec == made.spec) return;
    made.version = last->version;
  }
  std::vector<Resource> changed;
  const auto write = [&] {
    std::vector<Write> writes;
    for (Resource& resource : changed) writes.push_back(Write::Update(resource));
    Commit(writes);
    changed.clear();
  };
  for (const std::string& kind : reader_->Kinds()) {
    reader_->ForEach(kind, [&](const std::shared_ptr<const Resource>& resource) {
      try {
        if (AttributesOf(*resource) == resource->attributes) return;
      } catch (const Error& error) {
        LogError("{} {} keeps its attributes of before: {}", kind, resource->key.name, error.what());
        return;
      }
      changed.push_back(*resource);
      if (changed.size() == kWritesAtOnce) write();
    });
  }
  write();
  made.version == 0 ? Insert(made) : Update(made);
}

std::vector<Attribute> SqliteStore::AttributesOf(const Resource& resource) const {
  const bool has_any = options_.attributes && resource.key.kind != kOwnKind;
  return has_any ? options_.attributes(resource) : std::vector<Attribute>();
}

std::optional<PendingCommit::Row> SqliteStore::RowOf(const Write& write) const {
  const Resource& given = *write.given;
  PendingCommit::Row row{write.what, nullptr, nullptr, "", "", ""};
  if (write.what != Write::What::kInsert) {
    row.before = reader_->Get(given.key);
    if (row.before == nullptr || row.before->version != given.version) return std::nullopt;
  }
  if (write.what == Write::What::kDelete) return row;
  row.after = std::make_shared<Resource>(given);
  if (row.after->uid.empty()) row.after->uid = NewUuid();
  row.after->generation = row.before == nullptr ? 1 : row.before->generation + (row.before->spec != given.spec ? 1 : 0);
  row.after->attributes = AttributesOf(given);
  row.attributes = AttributeText(row.after->attributes);
  row.spec = ToText(given.spec);
  row.status = ToText(given.status);
  return row;
}

std::optional<std::size_t> SqliteStore::Commit(std::span<const Write> writes) {
  PendingCommit commit;
  commit.rows.reserve(writes.size());
  for (std::size_t i = 0; i < writes.size(); ++i) {
    auto row = RowOf(writes[i]);
    if (!row) return i;
    commit.rows.push_back(std::move(*row));
  }
  writer_->Run(commit);
  if (commit.refused) return commit.refused;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    if (writes[i].written == nullptr) continue;
    const Resource& after = *commit.rows[i].after;
    writes[i].written->uid = after.uid;
    writes[i].written->version = after.version;
    writes[i].written->generation = after.generation;
    writes[i].written->attributes = after.attributes;
  }
  return std::nullopt;
}

void SqliteStore::Committed(const PendingCommit& commit) {
  std::vector<Change> changes;
  changes.reserve(commit.rows.size());
  for (const PendingCommit::Row& row : commit.rows) {
    if (row.after == nullptr) {
      cache_.Remove(row.before->key);
      reader_->index().Remove(row.before->key);
      changes.push_back({row.before, nullptr});
      continue;
    }
    // A copy that this thread makes lies together in memory, unlike what a busy caller made: who describes many
    // resources in turn gets a third more of them.
    changes.push_back({row.before, std::make_shared<const Resource>(*row.after)});
    const std::shared_ptr<const Resource>& after = changes.back().after;
    cache_.Put(after->key, after, BytesOf(*after));
    reader_->index().Put(*row.after);
  }
  const MutexLock lock(mutex_);
  for (const Change& change : changes) {
    for (const auto& listener : listeners_) listener(change);
  }
}

void SqliteStore::Subscribe(std::function<void(const Change&)> listener) {
  const MutexLock lock(mutex_);
  listeners_.push_back(std::move(listener));
}

std::unique_ptr<Store> Open(const std::string& url, Store::Options options) {
  constexpr std::string_view kScheme = "sqlite:";
  if (url.starts_with(kScheme)) return std::make_unique<SqliteStore>(url.substr(kScheme.size()), std::move(options));
  throw Error(kValidation, "There is no store for " + url + ": give sqlite: and a directory.");
}

}  // namespace sagebrush::store
