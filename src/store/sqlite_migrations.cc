#include "store/sqlite_migrations.h"

#include <array>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/error.h"
#include "base/id.h"

namespace sagebrush::store {
namespace {

// Migration i brings a database from version i to i + 1. Once released a text here never changes; add to the end.
constexpr std::array<std::string_view, 5> kMigrations{
    // 1: the resources, and an index for each order that List knows. The name last breaks ties.
    R"(CREATE TABLE resource(
         id INTEGER PRIMARY KEY,
         kind TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,
         uid TEXT NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL,
         created INTEGER NOT NULL, modified INTEGER NOT NULL,
         spec TEXT NOT NULL, status TEXT NOT NULL);
       CREATE UNIQUE INDEX resource_by_name ON resource(kind, account, region, name);
       CREATE INDEX resource_by_created ON resource(kind, account, region, created, name);
       CREATE INDEX resource_by_modified ON resource(kind, account, region, modified, name);
       CREATE INDEX resource_by_state ON resource(kind, account, region, state, name);)",
    // 2: single values of the store itself: the end of the reserved versions, the key of page tokens.
    R"(CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
       INSERT INTO setting SELECT 'version_reserved', coalesce(max(version), 0) FROM resource;
       INSERT INTO setting VALUES('page_token_key', lower(hex(randomblob(32))));)",
    // 3: a checksum of each row (RowSum), so that changed bytes are found. Null: written before; not checked.
    "ALTER TABLE resource ADD COLUMN sum INTEGER",
    // 4: how often the spec was written.
    "ALTER TABLE resource ADD COLUMN generation INTEGER NOT NULL DEFAULT 1",
    // 5: attributes (AttributeText). Lists are made in memory: one index holds all that they go by, and is read whole.
    R"(ALTER TABLE resource ADD COLUMN attributes TEXT NOT NULL DEFAULT '';
       DROP INDEX resource_by_created;
       DROP INDEX resource_by_modified;
       DROP INDEX resource_by_state;
       CREATE INDEX resource_outline ON resource(kind, account, region, name, created, modified, state, attributes);)",
};

int StoredVersion(SqliteConnection& connection) {
  SqliteQuery query = connection.Query("PRAGMA user_version");
  query.Step();
  return static_cast<int>(query.Int(0));
}

[[noreturn]] void ThrowNewer(const Path& file, int found) {
  throw Error(kInternalFailure,
              fmt::format("{} was written by a newer Sagebrush (database version {}, this program knows up to {}). "
                          "Install that version or a later one, or restore a backup made before the upgrade.",
                          file.string(), found, SchemaVersion()));
}

}  // namespace

int SchemaVersion() { return static_cast<int>(kMigrations.size()); }

void Migrate(SqliteConnection& connection, const Path& file, int version) {
  int found = StoredVersion(connection);
  if (found > SchemaVersion()) ThrowNewer(file, found);
  for (; found < version; ++found) {
    connection.Execute("BEGIN IMMEDIATE");
    try {
      connection.Execute(std::string(kMigrations[static_cast<std::size_t>(found)]));
      connection.Execute(fmt::format("PRAGMA user_version = {}", found + 1));
      connection.Execute("COMMIT");
    } catch (const Error&) {
      if (connection.InTransaction()) connection.Execute("ROLLBACK");
      throw;
    }
  }
}

}  // namespace sagebrush::store
