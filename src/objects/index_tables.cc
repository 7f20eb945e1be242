#include "objects/index_tables.h"

#include "base/error.h"
#include "objects/errors.h"
#include "objects/index_rows.h"
#include "objects/object_document.h"
#include "objects/storage_class.h"

namespace sagebrush::objects {

using store::SqliteConnection;
using store::SqliteQuery;

namespace {

// Migrations in order; the file's user_version counts those done. A published one is never changed.
constexpr const char* kMigrations[] = {
    R"(
CREATE TABLE buckets(
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, account TEXT NOT NULL, region TEXT NOT NULL,
  created INTEGER NOT NULL, tags TEXT NOT NULL, policy TEXT NOT NULL);
CREATE TABLE objects(
  bucket INTEGER NOT NULL, key BLOB NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
  modified INTEGER NOT NULL, checksum TEXT NOT NULL, attributes TEXT NOT NULL,
  PRIMARY KEY(bucket, key)) WITHOUT ROWID;
CREATE TABLE uploads(
  bucket INTEGER NOT NULL, key BLOB NOT NULL, id TEXT NOT NULL, initiated INTEGER NOT NULL, attributes TEXT NOT NULL,
  completed INTEGER NOT NULL DEFAULT 0, result TEXT NOT NULL DEFAULT '',
  PRIMARY KEY(bucket, key, id)) WITHOUT ROWID;
CREATE UNIQUE INDEX uploads_by_id ON uploads(id);
CREATE TABLE parts(
  upload TEXT NOT NULL, number INTEGER NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
  modified INTEGER NOT NULL, checksum TEXT NOT NULL,
  PRIMARY KEY(upload, number)) WITHOUT ROWID;
CREATE TABLE journal(file TEXT PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE garbage(file TEXT PRIMARY KEY) WITHOUT ROWID;
)",
    R"(
CREATE TABLE bucket_configurations(
  bucket INTEGER NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY(bucket, name)) WITHOUT ROWID;
)",
    // `age` is the negative sequence: the newest comes first.
    R"(
ALTER TABLE buckets ADD COLUMN versioning INTEGER NOT NULL DEFAULT 0;
ALTER TABLE objects ADD COLUMN version TEXT NOT NULL DEFAULT 'null';
ALTER TABLE objects ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
CREATE TABLE versions(
  bucket INTEGER NOT NULL, key BLOB NOT NULL, age INTEGER NOT NULL, version TEXT NOT NULL,
  delete_marker INTEGER NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
  modified INTEGER NOT NULL, checksum TEXT NOT NULL, attributes TEXT NOT NULL,
  PRIMARY KEY(bucket, key, age)) WITHOUT ROWID;
CREATE UNIQUE INDEX null_versions ON versions(bucket, key) WHERE version='null';
)",
    // Of listings, which do not read attributes. Empty: STANDARD.
    R"(
ALTER TABLE objects ADD COLUMN storage_class TEXT NOT NULL DEFAULT '';
ALTER TABLE versions ADD COLUMN storage_class TEXT NOT NULL DEFAULT '';
)",
    // Buckets of before had no ACLs and let nobody in from outside: they stay as closed as a new one.
    R"(
INSERT OR IGNORE INTO bucket_configurations SELECT id, 'OwnershipControls',
  '{"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]}' FROM buckets;
INSERT OR IGNORE INTO bucket_configurations SELECT id, 'PublicAccessBlockConfiguration',
  '{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}' FROM buckets;
)",
    R"(
ALTER TABLE parts ADD COLUMN stored_crc BLOB NOT NULL DEFAULT x'';
)",
    // A number that is never given twice: by it whoever is told of a key knows what came last.
    R"(
CREATE TABLE events(sequence INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL);
)",
};

Bucket ReadBucket(const SqliteQuery& row) {
  Bucket bucket;
  bucket.id = row.Int(0);
  bucket.name = row.Text(1);
  bucket.account = row.Text(2);
  bucket.region = row.Text(3);
  bucket.created = {row.Int(4)};
  bucket.tags = TagsFromText(row.Text(5));
  bucket.policy = row.Text(6);
  bucket.versioning = static_cast<Versioning>(row.Int(7));
  if (!bucket.policy.empty())
    bucket.policy_document = ParseStoredJson(bucket.policy, "The stored policy of bucket " + bucket.name);
  return bucket;
}

// Columns: key, id, initiated, attributes.
Upload ReadUpload(const SqliteQuery& row) {
  Upload upload;
  upload.key = row.Text(0);
  upload.id = row.Text(1);
  upload.initiated = {row.Int(2)};
  ReadAttributes(row.Text(3), upload);
  return upload;
}

// Columns: number, file, size, etag, modified, checksum, stored_crc.
IndexedPart ReadPart(const SqliteQuery& row) {
  IndexedPart indexed;
  indexed.part.number = static_cast<int>(row.Int(0));
  indexed.file = row.Text(1);
  indexed.part.size = static_cast<std::uint64_t>(row.Int(2));
  indexed.part.etag = row.Text(3);
  indexed.part.modified = {row.Int(4)};
  indexed.part.checksum = ChecksumFromText(row.Text(5));
  indexed.part.stored_crc = row.Text(6);
  return indexed;
}

}  // namespace

Object ReadObjectRow(const SqliteQuery& row) {
  Object object;
  object.key = row.Text(0);
  object.size = static_cast<std::uint64_t>(row.Int(1));
  object.etag = row.Text(2);
  object.modified = {row.Int(3)};
  object.checksum = ChecksumFromText(row.Text(4));
  return object;
}

IndexedObject ReadVersionRow(const SqliteQuery& row) {
  IndexedObject indexed{ReadObjectRow(row), std::string(row.Text(6)), row.Int(8)};
  ReadAttributes(row.Text(5), indexed.object);
  indexed.object.version = row.Text(7);
  indexed.object.delete_marker = row.Int(9) != 0;
  return indexed;
}

IndexTables::IndexTables(const Path& file, SqliteConnection::Mode mode) : database_(file, mode, kInsufficientStorage) {}

void IndexTables::Migrate() {
  database_.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
  std::int64_t version = 0;
  {
    SqliteQuery read = database_.Query("PRAGMA user_version");
    if (read.Step()) version = read.Int(0);
  }
  constexpr std::int64_t kNewest = std::size(kMigrations);
  if (version > kNewest) {
    throw Error(kInternalFailure, fmt::format("The object index is of version {}, newer than this server knows ({}). "
                                              "Start the server that wrote it, or a newer one.",
                                              version, kNewest));
  }
  for (; version < kNewest; ++version) {
    database_.Execute("BEGIN IMMEDIATE");
    database_.Execute(kMigrations[version]);
    database_.Execute(fmt::format("PRAGMA user_version={}; COMMIT", version + 1));
  }
}

std::vector<Bucket> IndexTables::Buckets() {
  SqliteQuery row =
      database_.Query("SELECT id, name, account, region, created, tags, policy, versioning FROM buckets ORDER BY name");
  std::vector<Bucket> buckets;
  while (row.Step()) ReadConfigurations(buckets.emplace_back(ReadBucket(row)));
  return buckets;
}

std::optional<Bucket> IndexTables::FindBucket(std::string_view name) {
  SqliteQuery row =
      database_.Query("SELECT id, name, account, region, created, tags, policy, versioning FROM buckets WHERE name=?");
  if (!row.Bind(name).Step()) return std::nullopt;
  Bucket bucket = ReadBucket(row);
  ReadConfigurations(bucket);
  return bucket;
}

void IndexTables::ReadConfigurations(Bucket& bucket) {
  SqliteQuery row = database_.Query("SELECT name, document FROM bucket_configurations WHERE bucket=?");
  row.Bind(bucket.id);
  while (row.Step()) {
    const std::string name(row.Text(0));
    bucket.configurations[name] = ParseStoredJson(row.Text(1), name + " of bucket " + bucket.name);
  }
}

std::optional<Versioning> IndexTables::FindVersioning(std::int64_t bucket) {
  SqliteQuery row = database_.Query("SELECT versioning FROM buckets WHERE id=?");
  if (!row.Bind(bucket).Step()) return std::nullopt;
  return static_cast<Versioning>(row.Int(0));
}

std::int64_t IndexTables::InsertBucket(const Bucket& bucket) {
  const std::string tags = ToText(bucket.tags);
  SqliteQuery row = database_.Query(
      "INSERT INTO buckets(name, account, region, created, tags, policy) VALUES(?,?,?,?,?,?) RETURNING id");
  row.Bind(bucket.name).Bind(bucket.account).Bind(bucket.region);
  row.Bind(bucket.created.milliseconds).Bind(tags).Bind(bucket.policy);
  return row.Step() ? row.Int(0) : 0;
}

std::vector<std::string> IndexTables::DeleteBucket(std::int64_t bucket) {
  std::vector<std::string> files;
  {
    SqliteQuery row = database_.Query("SELECT p.file FROM uploads u JOIN parts p ON p.upload=u.id WHERE u.bucket=?");
    row.Bind(bucket);
    while (row.Step()) files.emplace_back(row.Text(0));
  }
  for (const std::string& file : files) AddGarbage(file);
  database_.Query("DELETE FROM parts WHERE upload IN (SELECT id FROM uploads WHERE bucket=?)").Bind(bucket).Run();
  database_.Query("DELETE FROM uploads WHERE bucket=?").Bind(bucket).Run();
  database_.Query("DELETE FROM bucket_configurations WHERE bucket=?").Bind(bucket).Run();
  database_.Query("DELETE FROM buckets WHERE id=?").Bind(bucket).Run();
  return files;
}

void IndexTables::SetBucketTags(std::int64_t bucket, const std::string& tags) {
  database_.Query("UPDATE buckets SET tags=? WHERE id=?").Bind(tags).Bind(bucket).Run();
}

void IndexTables::SetBucketPolicy(std::int64_t bucket, const std::string& policy) {
  database_.Query("UPDATE buckets SET policy=? WHERE id=?").Bind(policy).Bind(bucket).Run();
}

void IndexTables::SetBucketVersioning(std::int64_t bucket, Versioning versioning) {
  database_.Query("UPDATE buckets SET versioning=? WHERE id=?")
      .Bind(static_cast<std::int64_t>(versioning))
      .Bind(bucket)
      .Run();
}

void IndexTables::SetBucketConfiguration(std::int64_t bucket, std::string_view name, const std::string& document) {
  if (document.empty()) {
    database_.Query("DELETE FROM bucket_configurations WHERE bucket=? AND name=?").Bind(bucket).Bind(name).Run();
    return;
  }
  SqliteQuery row =
      database_.Query("INSERT OR REPLACE INTO bucket_configurations(bucket, name, document) VALUES(?,?,?)");
  row.Bind(bucket).Bind(name).Bind(document).Run();
}

std::optional<IndexedObject> IndexTables::FindObject(std::int64_t bucket, std::string_view key) {
  SqliteQuery row = database_.Query(
      "SELECT key, size, etag, modified, checksum, attributes, file, version, sequence, 0 FROM objects "
      "WHERE bucket=? AND key=?");
  if (!row.Bind(bucket).BindBlob(key).Step()) return std::nullopt;
  return ReadVersionRow(row);
}

void IndexTables::ScanObjects(std::int64_t bucket, std::string_view from,
                              const std::function<bool(Object&& object, std::string& jump)>& each) {
  std::string start(from), jump;
  for (bool again = true; again;) {
    SqliteQuery row = database_.Query(
        "SELECT key, size, etag, modified, checksum, storage_class FROM objects WHERE bucket=? AND key>=? ORDER BY "
        "key");
    row.Bind(bucket).BindBlob(start);
    again = false;
    while (row.Step()) {
      jump.clear();
      Object object = ReadObjectRow(row);
      SetStorageClass(object.properties, row.Text(5));
      if (!each(std::move(object), jump)) return;
      if (jump.empty()) continue;
      again = true;
      break;
    }
    start.swap(jump);
  }
}

bool IndexTables::HasObjects(std::int64_t bucket) {
  SqliteQuery row =
      database_.Query("SELECT 1 FROM objects WHERE bucket=?1 UNION ALL SELECT 1 FROM versions WHERE bucket=?1 LIMIT 1");
  return row.Bind(bucket).Step();
}

void IndexTables::PutObject(std::int64_t bucket, const IndexedObject& indexed) {
  Changed(bucket, indexed.object.key);
  const Object& object = indexed.object;
  const std::string attributes = ToAttributes(object), checksum = ToText(object.checksum);
  const std::string storage_class = StorageClassOf(object.properties);
  SqliteQuery row = database_.Query(
      "INSERT OR REPLACE INTO objects(bucket, key, file, size, etag, modified, checksum, attributes, version, "
      "sequence, storage_class) VALUES(?,?,?,?,?,?,?,?,?,?,?)");
  row.Bind(bucket).BindBlob(object.key).Bind(indexed.file).Bind(ToColumn(object.size));
  row.Bind(object.etag).Bind(object.modified.milliseconds).Bind(checksum).Bind(attributes);
  row.Bind(object.version).Bind(indexed.sequence).Bind(storage_class).Run();
}

void IndexTables::DeleteObject(std::int64_t bucket, std::string_view key) {
  Changed(bucket, key);
  database_.Query("DELETE FROM objects WHERE bucket=? AND key=?").Bind(bucket).BindBlob(key).Run();
}

void IndexTables::InsertUpload(std::int64_t bucket, const Upload& upload) {
  const std::string attributes = ToAttributes(upload);
  SqliteQuery row = database_.Query("INSERT INTO uploads(bucket, key, id, initiated, attributes) VALUES(?,?,?,?,?)");
  row.Bind(bucket).BindBlob(upload.key).Bind(upload.id).Bind(upload.initiated.milliseconds);
  row.Bind(attributes).Run();
}

std::optional<IndexTables::IndexedUpload> IndexTables::FindUpload(std::int64_t bucket, std::string_view key,
                                                                  std::string_view id) {
  SqliteQuery row =
      database_.Query("SELECT key, id, initiated, attributes, result FROM uploads WHERE bucket=? AND key=? AND id=?");
  if (!row.Bind(bucket).BindBlob(key).Bind(id).Step()) return std::nullopt;
  return IndexedUpload{ReadUpload(row), std::string(row.Text(4))};
}

void IndexTables::ScanUploads(std::int64_t bucket, std::string_view key, std::string_view id,
                              const std::function<bool(Upload&& upload, std::string& jump)>& each) {
  std::string start(key), start_id(id), jump;
  for (bool again = true; again;) {
    SqliteQuery row = database_.Query(
        "SELECT key, id, initiated, attributes FROM uploads WHERE bucket=? AND (key,id)>(?,?) AND completed=0 "
        "ORDER BY key, id");
    row.Bind(bucket).BindBlob(start).Bind(start_id);
    again = false;
    while (row.Step()) {
      jump.clear();
      if (!each(ReadUpload(row), jump)) return;
      if (jump.empty()) continue;
      again = true;
      break;
    }
    start.swap(jump);
    start_id.clear();
  }
}

void IndexTables::CompleteUpload(std::string_view id, std::string_view result, Time now) {
  database_.Query("UPDATE uploads SET completed=?, result=? WHERE id=?")
      .Bind(now.milliseconds)
      .Bind(result)
      .Bind(id)
      .Run();
}

void IndexTables::DeleteUpload(std::string_view id) {
  database_.Query("DELETE FROM uploads WHERE id=?").Bind(id).Run();
}

void IndexTables::DeleteUploadsCompletedBefore(Time time) {
  database_.Query("DELETE FROM uploads WHERE completed>0 AND completed<?").Bind(time.milliseconds).Run();
}

void IndexTables::PutPart(std::string_view upload, const IndexedPart& indexed) {
  const Part& part = indexed.part;
  const std::string checksum = ToText(part.checksum);
  SqliteQuery row = database_.Query(
      "INSERT OR REPLACE INTO parts(upload, number, file, size, etag, modified, checksum, stored_crc) "
      "VALUES(?,?,?,?,?,?,?,?)");
  row.Bind(upload).Bind(part.number).Bind(indexed.file).Bind(ToColumn(part.size));
  row.Bind(part.etag).Bind(part.modified.milliseconds).Bind(checksum).BindBlob(part.stored_crc).Run();
}

std::optional<IndexedPart> IndexTables::FindPart(std::string_view upload, int number) {
  SqliteQuery row = database_.Query(
      "SELECT number, file, size, etag, modified, checksum, stored_crc FROM parts WHERE upload=? AND number=?");
  if (!row.Bind(upload).Bind(number).Step()) return std::nullopt;
  return ReadPart(row);
}

std::vector<IndexedPart> IndexTables::Parts(std::string_view upload, int after, int limit) {
  SqliteQuery row = database_.Query(
      "SELECT number, file, size, etag, modified, checksum, stored_crc FROM parts WHERE upload=? AND number>? "
      "ORDER BY number LIMIT ?");
  row.Bind(upload).Bind(after).Bind(limit);
  std::vector<IndexedPart> parts;
  while (row.Step()) parts.push_back(ReadPart(row));
  return parts;
}

void IndexTables::DeleteParts(std::string_view upload) {
  database_.Query("DELETE FROM parts WHERE upload=?").Bind(upload).Run();
}

void IndexTables::ScanParts(
    const std::function<void(std::string_view upload, IndexedPart&& part, bool has_upload)>& each) {
  SqliteQuery row = database_.Query(
      "SELECT number, file, size, etag, modified, checksum, stored_crc, upload, EXISTS(SELECT 1 FROM uploads WHERE "
      "id=upload) "
      "FROM parts");
  while (row.Step()) each(row.Text(7), ReadPart(row), row.Int(8) != 0);
}

void IndexTables::AddJournal(std::string_view file, std::string_view bytes) {
  database_.Query("INSERT INTO journal(file, bytes) VALUES(?,?)").Bind(file).BindBlob(bytes).Run();
}

void IndexTables::DeleteJournal(std::string_view file) {
  database_.Query("DELETE FROM journal WHERE file=?").Bind(file).Run();
}

void IndexTables::ScanJournal(const std::function<void(std::string_view, std::string_view)>& each) {
  SqliteQuery row = database_.Query("SELECT file, bytes FROM journal");
  while (row.Step()) each(row.Text(0), row.Text(1));
}

std::vector<std::string> IndexTables::JournalFiles() {
  SqliteQuery row = database_.Query("SELECT file FROM journal");
  std::vector<std::string> files;
  while (row.Step()) files.emplace_back(row.Text(0));
  return files;
}

void IndexTables::AddGarbage(std::string_view file) {
  database_.Query("INSERT OR IGNORE INTO garbage(file) VALUES(?)").Bind(file).Run();
  DeleteJournal(file);
}

void IndexTables::DeleteGarbage(std::string_view file) {
  database_.Query("DELETE FROM garbage WHERE file=?").Bind(file).Run();
}

std::vector<std::string> IndexTables::Garbage() {
  SqliteQuery row = database_.Query("SELECT file FROM garbage");
  std::vector<std::string> files;
  while (row.Step()) files.emplace_back(row.Text(0));
  return files;
}

std::unordered_set<std::string> IndexTables::FilesInUse(const std::unordered_set<std::string>& candidates) {
  std::unordered_set<std::string> used;
  SqliteQuery row =
      database_.Query("SELECT file FROM objects UNION ALL SELECT file FROM versions UNION ALL SELECT file FROM parts");
  while (row.Step()) {
    std::string file(row.Text(0));
    if (candidates.contains(file)) used.insert(std::move(file));
  }
  return used;
}

}  // namespace sagebrush::objects
