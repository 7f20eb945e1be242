#include "store/sqlite_migrations.h"

#include <gtest/gtest.h>

#include "store/row_sum.h"
#include "store/sqlite_store.h"

namespace sagebrush::store {
namespace {

TEST(SqliteMigrations, BringEveryOlderVersionUpWithItsData) {
  for (int version = 1; version < SchemaVersion(); ++version) {
    const TemporaryDirectory directory;
    const Path file = SqliteReader::File(directory.path());
    {
      SqliteConnection connection(file, SqliteConnection::Mode::kReadWrite);
      Migrate(connection, file, version);
      connection.Execute(
          "INSERT INTO resource(kind, account, region, name, uid, version, state, created, modified, spec, status) "
          "VALUES('model', '1', 'us-east-1', 'old', 'uid-1', 41, '', 5, 6, '{\"A\":1}', 'null')");
      if (version >= 2) connection.Execute("UPDATE setting SET value = '41' WHERE name = 'version_reserved'");
    }
    SqliteStore store(directory.path());
    const auto old = store.Get({"model", "1", "us-east-1", "old"});
    ASSERT_NE(old, nullptr) << version;
    EXPECT_EQ(old->spec, (Json{{"A", 1}}));
    Resource changed = *old;
    EXPECT_TRUE(store.Update(changed));
    EXPECT_GT(changed.version, 41u);
  }
}

// As the release of that schema wrote it, with the columns that it had. "b" was written three times, the others once.
void InsertAsOfVersion(SqliteConnection& connection, int version, const std::string& name, const Resource& like) {
  Resource row = like;
  row.key = {"model", "1", "us-east-1", name};
  row.uid = "uid-" + name;
  row.generation = version >= 4 && name == "b" ? 3 : 1;
  const std::string spec = fmt::format(R"({{"Word":"word-{}"}})", name);
  std::string columns, values;
  if (version >= 3) {
    columns += ", sum";
    values += fmt::format(", {}", RowSum(row, spec, "null", ""));
  }
  if (version >= 4) {
    columns += ", generation";
    values += fmt::format(", {}", row.generation);
  }
  connection.Execute(
      fmt::format("INSERT INTO resource(kind, account, region, name, uid, version, state, created, modified, spec, "
                  "status{}) VALUES('model', '1', 'us-east-1', '{}', '{}', {}, '{}', {}, {}, '{}', 'null'{})",
                  columns, name, row.uid, row.version, row.state, row.created.milliseconds, row.modified.milliseconds,
                  spec, values));
}

// A name for each way of ordering that puts a, b and c otherwise.
std::string OrderBy(const Store& store, ListQuery::SortBy by, const std::string& attribute = "") {
  const ListQuery query{
      .kind = "model", .account = "1", .region = "us-east-1", .sort_by = by, .sort_attribute = attribute};
  std::string names;
  for (const auto& resource : store.List(query).resources) names += resource->key.name;
  return names;
}

TEST(SqliteMigrations, KeepOldRowsRightListedAndFound) {
  using SortBy = ListQuery::SortBy;
  for (int version = 1; version <= SchemaVersion(); ++version) {
    const TemporaryDirectory directory;
    const Path file = SqliteReader::File(directory.path());
    {
      SqliteConnection connection(file, SqliteConnection::Mode::kReadWrite);
      Migrate(connection, file, version);
      InsertAsOfVersion(connection, version, "a", {.version = 41, .state = "M", .created = {30}, .modified = {50}});
      InsertAsOfVersion(connection, version, "b", {.version = 42, .state = "Z", .created = {10}, .modified = {70}});
      InsertAsOfVersion(connection, version, "c", {.version = 43, .state = "A", .created = {20}, .modified = {40}});
      if (version >= 2) connection.Execute("UPDATE setting SET value = '43' WHERE name = 'version_reserved'");
    }
    const SqliteStore store(
        directory.path(),
        {.attributes = [](const Resource& r) { return std::vector<Attribute>{{"Word", GetString(r.spec, "Word")}}; },
         .attributes_version = "1"});
    EXPECT_EQ(OrderBy(store, SortBy::kName), "abc") << version;
    EXPECT_EQ(OrderBy(store, SortBy::kCreated), "bca") << version;
    EXPECT_EQ(OrderBy(store, SortBy::kModified), "cab") << version;
    EXPECT_EQ(OrderBy(store, SortBy::kState), "cab") << version;
    EXPECT_EQ(OrderBy(store, SortBy::kAttribute, "Word"), "abc") << version;
    const ListQuery found{.kind = "model",
                          .account = "1",
                          .region = "us-east-1",
                          .where = [](const Outline& outline) { return outline.ValueOf("Word") == "word-b"; },
                          .where_text = "word-b"};
    ASSERT_EQ(store.List(found).resources.size(), 1U) << version;
    const Resource& b = *store.List(found).resources.front();
    EXPECT_EQ(b.uid, "uid-b");
    EXPECT_EQ(b.state, "Z");
    EXPECT_EQ(b.generation, version >= 4 ? 3U : 1U);
    EXPECT_EQ(store.All("model").size(), 3U) << version;
  }
}

// Databases hold it: another formula would take every row of an earlier release for damaged.
TEST(SqliteMigrations, LeaveTheChecksumsOfRowsRight) {
  Resource model;
  model.key = {"model", "1", "us-east-1", "old"};
  model.uid = "uid-1";
  model.version = 41;
  model.generation = 1;
  model.created = {5};
  model.modified = {6};
  EXPECT_EQ(RowSum(model, R"({"A":1})", "null", ""), 437744736);
  model.generation = 2;
  EXPECT_NE(RowSum(model, R"({"A":1})", "null", ""), 437744736);
}

}  // namespace
}  // namespace sagebrush::store
