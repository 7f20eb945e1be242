// The part of IndexTables that keeps versions of objects.
#include "objects/index_rows.h"
#include "objects/object_document.h"
#include "objects/storage_class.h"
#include "objects/version_id.h"

namespace sagebrush::objects {

using store::SqliteQuery;

namespace {

// The columns of ReadVersionRow in either table.
constexpr std::string_view kCurrent = "key, size, etag, modified, checksum, attributes, file, version, sequence, 0";
constexpr std::string_view kAside =
    "key, size, etag, modified, checksum, attributes, file, version, -age, delete_marker";

}  // namespace

std::optional<IndexedObject> IndexTables::FindVersion(std::int64_t bucket, std::string_view key,
                                                      std::string_view version) {
  const auto sequence = SequenceOfVersion(version);
  if (!sequence && version != kNullVersion) return std::nullopt;
  // Both places in one statement: a version that moves between them meanwhile is not missed.
  static const std::string by_id = fmt::format(
      "SELECT {} FROM objects WHERE bucket=?1 AND key=?2 AND version=?3 UNION ALL "
      "SELECT {} FROM versions WHERE bucket=?1 AND key=?2 AND version=?3 AND age=?4",
      kCurrent, kAside);
  static const std::string null_one = fmt::format(
      "SELECT {} FROM objects WHERE bucket=?1 AND key=?2 AND version='null' UNION ALL "
      "SELECT {} FROM versions WHERE bucket=?1 AND key=?2 AND version='null'",
      kCurrent, kAside);
  SqliteQuery row = database_.Query(sequence ? by_id : null_one);
  row.Bind(bucket).BindBlob(key);
  if (sequence) row.Bind(version).Bind(-*sequence);
  if (!row.Step()) return std::nullopt;
  return ReadVersionRow(row);
}

std::optional<IndexedObject> IndexTables::FindNewest(std::int64_t bucket, std::string_view key) {
  static const std::string sql = fmt::format(
      "SELECT {} FROM objects WHERE bucket=?1 AND key=?2 UNION ALL SELECT * FROM "
      "(SELECT {} FROM versions WHERE bucket=?1 AND key=?2 ORDER BY age LIMIT 1) ORDER BY 9 DESC LIMIT 1",
      kCurrent, kAside);
  SqliteQuery row = database_.Query(sql);
  if (!row.Bind(bucket).BindBlob(key).Step()) return std::nullopt;
  return ReadVersionRow(row);
}

std::vector<std::int64_t> IndexTables::BucketsInUse() {
  SqliteQuery row = database_.Query("SELECT bucket FROM objects UNION SELECT bucket FROM versions");
  std::vector<std::int64_t> buckets;
  while (row.Step()) buckets.push_back(row.Int(0));
  return buckets;
}

std::int64_t IndexTables::NewestSequenceAside(std::int64_t bucket, std::string_view key) {
  SqliteQuery row = database_.Query("SELECT -age FROM versions WHERE bucket=? AND key=? ORDER BY age LIMIT 1");
  return row.Bind(bucket).BindBlob(key).Step() ? row.Int(0) : 0;
}

void IndexTables::SetAttributes(std::int64_t bucket, const IndexedObject& indexed) {
  Changed(bucket, indexed.object.key);
  const std::string attributes = ToAttributes(indexed.object);
  const std::string storage_class = StorageClassOf(indexed.object.properties);
  database_.Query("UPDATE objects SET attributes=?, storage_class=? WHERE bucket=? AND key=? AND sequence=?")
      .Bind(attributes)
      .Bind(storage_class)
      .Bind(bucket)
      .BindBlob(indexed.object.key)
      .Bind(indexed.sequence)
      .Run();
  if (database_.Changes() > 0) return;
  database_.Query("UPDATE versions SET attributes=?, storage_class=? WHERE bucket=? AND key=? AND age=?")
      .Bind(attributes)
      .Bind(storage_class)
      .Bind(bucket)
      .BindBlob(indexed.object.key)
      .Bind(-indexed.sequence)
      .Run();
}

void IndexTables::SetAside(std::int64_t bucket, std::string_view key) {
  SqliteQuery row = database_.Query(
      "INSERT INTO versions(bucket, key, age, version, delete_marker, file, size, etag, modified, checksum, "
      "attributes, storage_class) "
      "SELECT bucket, key, -sequence, version, 0, file, size, etag, modified, checksum, attributes, storage_class FROM "
      "objects "
      "WHERE bucket=? AND key=?");
  row.Bind(bucket).BindBlob(key).Run();
  DeleteObject(bucket, key);
}

void IndexTables::PutAside(std::int64_t bucket, const IndexedObject& indexed) {
  const Object& object = indexed.object;
  const std::string attributes = ToAttributes(object), checksum = ToText(object.checksum);
  const std::string storage_class = StorageClassOf(object.properties);
  SqliteQuery row = database_.Query(
      "INSERT INTO versions(bucket, key, age, version, delete_marker, file, size, etag, modified, checksum, "
      "attributes, "
      "storage_class) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");
  row.Bind(bucket).BindBlob(object.key).Bind(-indexed.sequence).Bind(object.version).Bind(object.delete_marker);
  row.Bind(indexed.file).Bind(ToColumn(object.size)).Bind(object.etag).Bind(object.modified.milliseconds);
  row.Bind(checksum).Bind(attributes).Bind(storage_class).Run();
}

void IndexTables::DeleteAside(std::int64_t bucket, std::string_view key, std::int64_t sequence) {
  database_.Query("DELETE FROM versions WHERE bucket=? AND key=? AND age=?")
      .Bind(bucket)
      .BindBlob(key)
      .Bind(-sequence)
      .Run();
}

void IndexTables::BringBackNewest(std::int64_t bucket, std::string_view key) {
  Changed(bucket, key);
  const std::int64_t newest = NewestSequenceAside(bucket, key);
  SqliteQuery row = database_.Query(
      "INSERT INTO objects(bucket, key, file, size, etag, modified, checksum, attributes, version, sequence, "
      "storage_class) "
      "SELECT bucket, key, file, size, etag, modified, checksum, attributes, version, -age, storage_class FROM "
      "versions "
      "WHERE bucket=? AND key=? AND age=? AND NOT delete_marker");
  row.Bind(bucket).BindBlob(key).Bind(-newest).Run();
  if (database_.Changes() > 0) DeleteAside(bucket, key, newest);
}

void IndexTables::ScanVersions(std::int64_t bucket, std::string_view key, std::int64_t below_sequence,
                               const std::function<bool(IndexedObject&& version, std::string& jump)>& each) {
  // SQLite merges the two as it steps: both are read in the order of their keys.
  static const std::string sql = fmt::format(
      "SELECT {}, -sequence AS age FROM objects WHERE bucket=?1 AND key>=?2 AND (key>?2 OR -sequence>?3) UNION ALL "
      "SELECT {}, age FROM versions WHERE bucket=?1 AND (key, age)>(?2, ?3) ORDER BY key, age",
      kCurrent, kAside);
  std::string start(key), jump;
  std::int64_t above_age = -below_sequence;
  for (bool again = true; again;) {
    SqliteQuery row = database_.Query(sql);
    row.Bind(bucket).BindBlob(start).Bind(above_age);
    again = false;
    while (row.Step()) {
      jump.clear();
      if (!each(ReadVersionRow(row), jump)) return;
      if (jump.empty()) continue;
      again = true;
      break;
    }
    start.swap(jump);
    above_age = std::numeric_limits<std::int64_t>::min();
  }
}

}  // namespace sagebrush::objects
