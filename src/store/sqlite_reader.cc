#include "store/sqlite_reader.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory_only.h"
#include "base/text.h"
#include "store/attribute_text.h"
#include "store/list_match.h"
#include "store/row_sum.h"

namespace sagebrush::store {
namespace {

// The documents come last: SQLite then need not read a row to its end when the cache has it.
const std::string kSelect =
    "SELECT kind, account, region, name, uid, version, generation, state, created, modified, spec, status, sum, "
    "attributes "
    "FROM resource WHERE ";

std::unique_ptr<SqliteConnection> Connect(const Path& file) {
  auto connection = std::make_unique<SqliteConnection>(file, SqliteConnection::Mode::kReadOnly);
  connection->Execute("PRAGMA cache_size = -1024");
  return connection;
}

}  // namespace

// A connection taken from the pool for the duration of a call. One that failed is not given back.
class SqliteReader::Lease {
 public:
  explicit Lease(const SqliteReader& reader) : reader_(reader) {
    MemoryOnly::Check();
    {
      const MutexLock lock(reader_.mutex_);
      if (!reader_.idle_.empty()) {
        connection_ = std::move(reader_.idle_.back());
        reader_.idle_.pop_back();
      }
    }
    if (connection_ == nullptr) connection_ = Connect(reader_.file_);
  }
  ~Lease() {
    if (std::uncaught_exceptions() > exceptions_) return;
    const MutexLock lock(reader_.mutex_);
    reader_.idle_.push_back(std::move(connection_));
  }
  SqliteConnection* operator->() { return connection_.get(); }

 private:
  const SqliteReader& reader_;
  int exceptions_ = std::uncaught_exceptions();
  std::unique_ptr<SqliteConnection> connection_;
};

SqliteReader::SqliteReader(const Path& directory, ResourceCache& cache)
    : file_(File(directory)),
      cache_(cache),
      index_([this](const std::string& kind, const ResourceIndex::Take& take) { ReadOutlines(kind, take); }) {
  auto connection = Connect(file_);
  {
    SqliteQuery query = connection->Query("SELECT value FROM setting WHERE name = 'page_token_key'");
    if (!query.Step()) throw Error(kInternalFailure, file_.string() + " has no page token key. Restore a backup.");
    tokens_ = std::make_unique<PageTokens>(std::string(query.Text(0)));
  }
  idle_.push_back(std::move(connection));
}

SqliteReader::~SqliteReader() = default;

std::shared_ptr<const Resource> SqliteReader::Read(SqliteQuery& row) const {
  Key key{std::string(row.Text(0)), std::string(row.Text(1)), std::string(row.Text(2)), std::string(row.Text(3))};
  const auto version = static_cast<std::uint64_t>(row.Int(5));
  const ResourceCache::Lookup cached = cache_.Get(key);
  if (cached.value != nullptr && cached.value->version == version) return cached.value;
  auto resource = std::make_shared<Resource>();
  resource->key = std::move(key);
  resource->uid = row.Text(4);
  resource->version = version;
  resource->generation = static_cast<std::uint64_t>(row.Int(6));
  resource->state = row.Text(7);
  resource->created = {row.Int(8)};
  resource->modified = {row.Int(9)};
  const std::string_view spec = row.Text(10), status = row.Text(11);
  const bool has_sum = !row.IsNull(12);
  if (has_sum && row.Int(12) != RowSum(*resource, spec, status, row.Text(13))) {
    ThrowDamaged(resource->key, "its checksum is another");
  }
  try {
    // Before rows had checksums, reasons that quoted data in another encoding were stored as they came.
    const auto read = [&](std::string_view text) {
      return has_sum ? ParseJson(text) : ParseJson(ReplaceOddBytes(text));
    };
    resource->spec = read(spec);
    resource->status = read(status);
    resource->attributes = ParseAttributes(row.Text(13));
  } catch (const Error& error) {
    ThrowDamaged(resource->key, error.what());
  }
  return resource;
}

// The client is told what is damaged, the log where it is.
void SqliteReader::ThrowDamaged(const Key& key, std::string_view how) const {
  LogError(
      "The stored document of {} {} (account {}, region {}) in {} is damaged: {}. Restore the data directory from a "
      "backup.",
      key.kind, key.name, key.account, key.region, file_.string(), how);
  throw Error(kInternalFailure, fmt::format("The stored document of {} {} is damaged; the server's log tells where.",
                                            key.kind, key.name));
}

std::shared_ptr<const Resource> SqliteReader::Get(const Key& key) const {
  const ResourceCache::Lookup cached = cache_.Get(key);
  if (cached.value != nullptr) return cached.value;
  std::shared_ptr<const Resource> resource;
  {
    Lease connection(*this);
    SqliteQuery query = connection->Query(kSelect + "kind = ? AND account = ? AND region = ? AND name = ?");
    query.Bind(key.kind).Bind(key.account).Bind(key.region).Bind(key.name);
    if (query.Step()) resource = Read(query);
  }
  if (resource != nullptr) cache_.Fill(key, resource, BytesOf(*resource), cached.generation);
  return resource;
}

// The index says which; the documents are read then. One that was changed in between and is none of them any more is
// left out, as if it had been changed first.
Page SqliteReader::List(const ListQuery& query) const {
  if (query.limit < 1) throw Error(kValidation, "The limit of a list must be at least 1.");
  std::optional<PagePosition> from;
  if (!query.page_token.empty()) from = tokens_->Open(query);
  const ResourceIndex::Found found = index_.Find(query, from);
  const ListMatch matches(query);
  Page page;
  page.resources.reserve(found.names.size());
  for (const std::string& name : found.names) {
    auto resource = Get({query.kind, query.account, query.region, name});
    if (resource != nullptr && matches(OutlineOf(*resource))) page.resources.push_back(std::move(resource));
  }
  if (found.next) page.next_token = tokens_->Seal(query, *found.next);
  return page;
}

void SqliteReader::ReadOutlines(const std::string& kind, const ResourceIndex::Take& take) const {
  Lease connection(*this);
  SqliteQuery row = connection->Query(
      "SELECT account, region, name, state, created, modified, attributes FROM resource INDEXED BY resource_outline "
      "WHERE kind = ?");
  row.Bind(kind);
  while (row.Step()) {
    const Key key{kind, std::string(row.Text(0)), std::string(row.Text(1)), std::string(row.Text(2))};
    std::vector<Attribute> attributes;
    try {
      attributes = ParseAttributes(row.Text(6));
    } catch (const Error& error) {
      ThrowDamaged(key, error.what());
    }
    take(key, {key.name, row.Text(3), {row.Int(4)}, {row.Int(5)}, attributes});
  }
}

void SqliteReader::ForEach(const std::string& kind,
                           const std::function<void(std::shared_ptr<const Resource>)>& take) const {
  Lease connection(*this);
  SqliteQuery run = connection->Query(kSelect + "kind = ? ORDER BY account, region, name");
  run.Bind(kind);
  while (run.Step()) {
    std::shared_ptr<const Resource> resource;
    try {
      resource = Read(run);
    } catch (const Error& error) {
      LogError("{} It is left out; what else there is goes on.", error.what());
      continue;
    }
    take(std::move(resource));
  }
}

std::vector<std::shared_ptr<const Resource>> SqliteReader::All(const std::string& kind) const {
  std::vector<std::shared_ptr<const Resource>> resources;
  ForEach(kind, [&](std::shared_ptr<const Resource> resource) { resources.push_back(std::move(resource)); });
  return resources;
}

std::vector<std::string> SqliteReader::Kinds() const {
  std::vector<std::string> kinds;
  Lease connection(*this);
  SqliteQuery run = connection->Query("SELECT DISTINCT kind FROM resource");
  while (run.Step()) kinds.emplace_back(run.Text(0));
  return kinds;
}

}  // namespace sagebrush::store
