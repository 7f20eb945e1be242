#include "store/sqlite_reader.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "store/row_sum.h"
#include "store/sqlite_migrations.h"

namespace sagebrush::store {
namespace {

// The documents come last: SQLite then need not read a row to its end when the cache has it.
const std::string kSelect =
    "SELECT kind, account, region, name, uid, version, generation, state, created, modified, spec, status, sum "
    "FROM resource WHERE ";

const char* SortColumn(ListQuery::SortBy sort_by) {
  switch (sort_by) {
    case ListQuery::SortBy::kCreated:
      return "created";
    case ListQuery::SortBy::kModified:
      return "modified";
    case ListQuery::SortBy::kState:
      return "state";
    case ListQuery::SortBy::kName:
      break;
  }
  return "name";
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// The statement for a query's shape; BindQuery gives it the values, in the same order.
std::string ListSql(const ListQuery& query) {
  std::string sql = kSelect + "kind = ? AND account = ? AND region = ?";
  if (!query.name_prefix.empty()) sql += " AND name >= ? AND name < ?";
  if (!query.name_contains.empty()) sql += " AND instr(lower(name), ?) > 0";
  if (!query.states.empty()) {
    sql += " AND state IN (?";
    for (std::size_t i = 1; i < query.states.size(); ++i) sql += ", ?";
    sql += ")";
  }
  if (query.created_after) sql += " AND created >= ?";
  if (query.created_before) sql += " AND created < ?";
  if (query.modified_after) sql += " AND modified >= ?";
  if (query.modified_before) sql += " AND modified < ?";
  const std::string column = SortColumn(query.sort_by);
  const char* direction = query.descending ? " DESC" : "";
  const char* beyond = query.descending ? " < " : " > ";
  const bool by_name = query.sort_by == ListQuery::SortBy::kName;
  if (!query.page_token.empty())
    sql += by_name ? std::string(" AND name") + beyond + "?" : " AND (" + column + ", name)" + beyond + "(?, ?)";
  sql += " ORDER BY " + column + direction;
  if (!by_name) sql += std::string(", name") + direction;
  return sql + " LIMIT ?";
}

// Values made from a query that must live while its statement runs.
struct ListValues {
  explicit ListValues(const ListQuery& query)
      : contains(Lower(query.name_contains)), prefix_end(query.name_prefix + "\xf4\x8f\xbf\xbf") {}
  std::string contains;
  std::string prefix_end;  // No name that starts with the prefix comes after it: U+10FFFF is the last character.
  PagePosition position;
};

void BindQuery(SqliteQuery& run, const ListQuery& query, const ListValues& values) {
  const PagePosition& position = values.position;
  run.Bind(query.kind).Bind(query.account).Bind(query.region);
  if (!query.name_prefix.empty()) run.Bind(query.name_prefix).Bind(values.prefix_end);
  if (!query.name_contains.empty()) run.Bind(values.contains);
  for (const std::string& state : query.states) run.Bind(state);
  for (const auto* bound :
       {&query.created_after, &query.created_before, &query.modified_after, &query.modified_before}) {
    if (*bound) run.Bind((*bound)->milliseconds);
  }
  if (!query.page_token.empty()) {
    if (query.sort_by == ListQuery::SortBy::kState) run.Bind(std::get<std::string>(position.sort_value));
    if (query.sort_by == ListQuery::SortBy::kCreated || query.sort_by == ListQuery::SortBy::kModified) {
      run.Bind(std::get<std::int64_t>(position.sort_value));
    }
    run.Bind(position.name);
  }
  run.Bind(static_cast<std::int64_t>(query.limit) + 1);  // One more tells whether there is a next page.
}

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
    {
      const std::lock_guard lock(reader_.mutex_);
      if (!reader_.idle_.empty()) {
        connection_ = std::move(reader_.idle_.back());
        reader_.idle_.pop_back();
      }
    }
    if (connection_ == nullptr) connection_ = Connect(reader_.file_);
  }
  ~Lease() {
    if (std::uncaught_exceptions() > exceptions_) return;
    const std::lock_guard lock(reader_.mutex_);
    reader_.idle_.push_back(std::move(connection_));
  }
  SqliteConnection* operator->() { return connection_.get(); }

 private:
  const SqliteReader& reader_;
  int exceptions_ = std::uncaught_exceptions();
  std::unique_ptr<SqliteConnection> connection_;
};

SqliteReader::SqliteReader(const Path& directory, ResourceCache* cache) : file_(File(directory)), cache_(cache) {
  if (!std::filesystem::exists(file_)) {
    throw Error(kInternalFailure, "There is no Sagebrush data in " + directory.string() +
                                      " (no resources.db). Give the --data directory of a server that has run.");
  }
  auto connection = Connect(file_);
  CheckSchemaVersion(*connection, file_);
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
  ResourceCache::Lookup cached;
  if (cache_ != nullptr) {
    cached = cache_->Get(key);
    if (cached.resource != nullptr && cached.resource->version == version) return cached.resource;
  }
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
  if (has_sum && row.Int(12) != RowSum(*resource, spec, status)) {
    ThrowDamaged(resource->key, "its checksum is another");
  }
  try {
    // Before rows had checksums, reasons that quoted data in another encoding were stored as they came.
    const auto read = [&](std::string_view text) {
      return has_sum ? ParseJson(text) : ParseJson(ReplaceOddBytes(text));
    };
    resource->spec = read(spec);
    resource->status = read(status);
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
  ResourceCache::Lookup cached;
  if (cache_ != nullptr) cached = cache_->Get(key);
  if (cached.resource != nullptr) return cached.resource;
  std::shared_ptr<const Resource> resource;
  {
    Lease connection(*this);
    SqliteQuery query = connection->Query(kSelect + "kind = ? AND account = ? AND region = ? AND name = ?");
    query.Bind(key.kind).Bind(key.account).Bind(key.region).Bind(key.name);
    if (query.Step()) resource = Read(query);
  }
  if (cache_ != nullptr && resource != nullptr) cache_->Fill(resource, cached.generation);
  return resource;
}

Page SqliteReader::List(const ListQuery& query) const {
  if (query.limit < 1) throw Error(kValidation, "The limit of a list must be at least 1.");
  ListValues values(query);
  if (!query.page_token.empty()) values.position = tokens_->Open(query);
  Page page;
  Lease connection(*this);
  SqliteQuery run = connection->Query(ListSql(query));
  BindQuery(run, query, values);
  while (run.Step()) {
    if (page.resources.size() == static_cast<std::size_t>(query.limit)) {
      page.next_token = tokens_->Seal(query, PositionOf(*page.resources.back(), query.sort_by));
      break;
    }
    page.resources.push_back(Read(run));
  }
  return page;
}

std::vector<std::shared_ptr<const Resource>> SqliteReader::All(const std::string& kind) const {
  std::vector<std::shared_ptr<const Resource>> resources;
  Lease connection(*this);
  SqliteQuery run = connection->Query(kSelect + "kind = ? ORDER BY account, region, name");
  run.Bind(kind);
  while (run.Step()) {
    try {
      resources.push_back(Read(run));
    } catch (const Error& error) {
      LogError("{} It is left out; what else there is goes on.", error.what());
    }
  }
  return resources;
}

}  // namespace sagebrush::store
