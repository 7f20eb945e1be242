#include "objects/index_tables.h"

#include <limits>

#include "base/error.h"
#include "objects/object_document.h"

namespace sagebrush::objects {
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
};

Bucket ReadBucket(const Statement& row) {
  Bucket bucket;
  bucket.id = row.Integer(0);
  bucket.name = row.Text(1);
  bucket.account = row.Text(2);
  bucket.region = row.Text(3);
  bucket.created = {row.Integer(4)};
  bucket.tags = TagsFromText(row.Bytes(5));
  bucket.policy = row.Text(6);
  if (!bucket.policy.empty())
    bucket.policy_document = ParseStoredJson(bucket.policy, "The stored policy of bucket " + bucket.name);
  return bucket;
}

// Columns: key, size, etag, modified, checksum.
Object ReadObject(const Statement& row) {
  Object object;
  object.key = row.Text(0);
  object.size = static_cast<std::uint64_t>(row.Integer(1));
  object.etag = row.Text(2);
  object.modified = {row.Integer(3)};
  object.checksum = ChecksumFromText(row.Bytes(4));
  return object;
}

// Columns: key, id, initiated, attributes.
Upload ReadUpload(const Statement& row) {
  Upload upload;
  upload.key = row.Text(0);
  upload.id = row.Text(1);
  upload.initiated = {row.Integer(2)};
  ReadAttributes(row.Bytes(3), upload);
  return upload;
}

// Columns: number, file, size, etag, modified, checksum.
IndexedPart ReadPart(const Statement& row) {
  IndexedPart indexed;
  indexed.part.number = static_cast<int>(row.Integer(0));
  indexed.file = row.Text(1);
  indexed.part.size = static_cast<std::uint64_t>(row.Integer(2));
  indexed.part.etag = row.Text(3);
  indexed.part.modified = {row.Integer(4)};
  indexed.part.checksum = ChecksumFromText(row.Bytes(5));
  return indexed;
}

std::int64_t ToColumn(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

IndexTables::IndexTables(const Path& file, Database::Mode mode) : database_(file, mode) {}

Statement& IndexTables::Prepared(const char* sql) {
  auto& statement = statements_[sql];
  if (!statement) statement = std::make_unique<Statement>(database_, sql);
  return *statement;
}

void IndexTables::Migrate() {
  database_.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
  std::int64_t version = 0;
  {
    Statement read(database_, "PRAGMA user_version");
    if (read.Step()) version = read.Integer(0);
    read.Reset();
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
    database_.Execute(fmt::format("PRAGMA user_version={}; COMMIT", version + 1).c_str());
  }
}

std::vector<Bucket> IndexTables::Buckets() {
  Statement& row = Prepared("SELECT id, name, account, region, created, tags, policy FROM buckets ORDER BY name");
  const StatementScope scope(row);
  std::vector<Bucket> buckets;
  while (row.Step()) buckets.push_back(ReadBucket(row));
  return buckets;
}

std::optional<Bucket> IndexTables::FindBucket(std::string_view name) {
  Statement& row = Prepared("SELECT id, name, account, region, created, tags, policy FROM buckets WHERE name=?");
  const StatementScope scope(row);
  if (!row.BindText(1, name).Step()) return std::nullopt;
  return ReadBucket(row);
}

bool IndexTables::HasBucket(std::int64_t bucket) {
  Statement& row = Prepared("SELECT 1 FROM buckets WHERE id=?");
  const StatementScope scope(row);
  return row.Bind(1, bucket).Step();
}

std::int64_t IndexTables::InsertBucket(const Bucket& bucket) {
  const std::string tags = ToText(bucket.tags);
  Statement& row =
      Prepared("INSERT INTO buckets(name, account, region, created, tags, policy) VALUES(?,?,?,?,?,?) RETURNING id");
  const StatementScope scope(row);
  row.BindText(1, bucket.name).BindText(2, bucket.account).BindText(3, bucket.region);
  row.Bind(4, bucket.created.milliseconds).BindText(5, tags).BindText(6, bucket.policy);
  return row.Step() ? row.Integer(0) : 0;
}

void IndexTables::DeleteBucket(std::int64_t bucket) {
  Prepared("INSERT OR IGNORE INTO garbage SELECT p.file FROM uploads u JOIN parts p ON p.upload=u.id WHERE u.bucket=?")
      .Bind(1, bucket)
      .Run();
  Prepared("DELETE FROM parts WHERE upload IN (SELECT id FROM uploads WHERE bucket=?)").Bind(1, bucket).Run();
  Prepared("DELETE FROM uploads WHERE bucket=?").Bind(1, bucket).Run();
  Prepared("DELETE FROM buckets WHERE id=?").Bind(1, bucket).Run();
}

void IndexTables::SetBucketTags(std::int64_t bucket, const std::string& tags) {
  Prepared("UPDATE buckets SET tags=? WHERE id=?").BindText(1, tags).Bind(2, bucket).Run();
}

void IndexTables::SetBucketPolicy(std::int64_t bucket, const std::string& policy) {
  Prepared("UPDATE buckets SET policy=? WHERE id=?").BindText(1, policy).Bind(2, bucket).Run();
}

std::optional<IndexedObject> IndexTables::FindObject(std::int64_t bucket, std::string_view key) {
  Statement& row =
      Prepared("SELECT key, size, etag, modified, checksum, attributes, file FROM objects WHERE bucket=? AND key=?");
  const StatementScope scope(row);
  if (!row.Bind(1, bucket).BindBlob(2, key).Step()) return std::nullopt;
  IndexedObject found{ReadObject(row), row.Text(6)};
  ReadAttributes(row.Bytes(5), found.object);
  return found;
}

void IndexTables::ScanObjects(std::int64_t bucket, std::string_view from,
                              const std::function<bool(Object&& object, std::string& jump)>& each) {
  Statement& row =
      Prepared("SELECT key, size, etag, modified, checksum FROM objects WHERE bucket=? AND key>=? ORDER BY key");
  std::string start(from), jump;
  for (bool again = true; again;) {
    const StatementScope scope(row);
    row.Bind(1, bucket).BindBlob(2, start);
    again = false;
    while (row.Step()) {
      jump.clear();
      if (!each(ReadObject(row), jump)) return;
      if (jump.empty()) continue;
      again = true;
      break;
    }
    start.swap(jump);
  }
}

bool IndexTables::HasObjects(std::int64_t bucket) {
  Statement& row = Prepared("SELECT 1 FROM objects WHERE bucket=? LIMIT 1");
  const StatementScope scope(row);
  return row.Bind(1, bucket).Step();
}

void IndexTables::PutObject(std::int64_t bucket, const IndexedObject& indexed) {
  const Object& object = indexed.object;
  const std::string attributes = ToAttributes(object), checksum = ToText(object.checksum);
  Statement& row = Prepared(
      "INSERT OR REPLACE INTO objects(bucket, key, file, size, etag, modified, checksum, attributes) "
      "VALUES(?,?,?,?,?,?,?,?)");
  const StatementScope scope(row);
  row.Bind(1, bucket).BindBlob(2, object.key).BindText(3, indexed.file).Bind(4, ToColumn(object.size));
  row.BindText(5, object.etag).Bind(6, object.modified.milliseconds).BindText(7, checksum).BindText(8, attributes);
  row.Run();
}

void IndexTables::DeleteObject(std::int64_t bucket, std::string_view key) {
  Prepared("DELETE FROM objects WHERE bucket=? AND key=?").Bind(1, bucket).BindBlob(2, key).Run();
}

void IndexTables::InsertUpload(std::int64_t bucket, const Upload& upload) {
  const std::string attributes = ToAttributes(upload);
  Statement& row = Prepared("INSERT INTO uploads(bucket, key, id, initiated, attributes) VALUES(?,?,?,?,?)");
  const StatementScope scope(row);
  row.Bind(1, bucket).BindBlob(2, upload.key).BindText(3, upload.id).Bind(4, upload.initiated.milliseconds);
  row.BindText(5, attributes).Run();
}

std::optional<IndexTables::IndexedUpload> IndexTables::FindUpload(std::int64_t bucket, std::string_view key,
                                                                  std::string_view id) {
  Statement& row =
      Prepared("SELECT key, id, initiated, attributes, result FROM uploads WHERE bucket=? AND key=? AND id=?");
  const StatementScope scope(row);
  if (!row.Bind(1, bucket).BindBlob(2, key).BindText(3, id).Step()) return std::nullopt;
  return IndexedUpload{ReadUpload(row), row.Text(4)};
}

void IndexTables::ScanUploads(std::int64_t bucket, std::string_view key, std::string_view id,
                              const std::function<bool(Upload&& upload, std::string& jump)>& each) {
  Statement& row = Prepared(
      "SELECT key, id, initiated, attributes FROM uploads WHERE bucket=? AND (key,id)>(?,?) AND completed=0 "
      "ORDER BY key, id");
  std::string start(key), start_id(id), jump;
  for (bool again = true; again;) {
    const StatementScope scope(row);
    row.Bind(1, bucket).BindBlob(2, start).BindText(3, start_id);
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
  Prepared("UPDATE uploads SET completed=?, result=? WHERE id=?")
      .Bind(1, now.milliseconds)
      .BindText(2, result)
      .BindText(3, id)
      .Run();
}

void IndexTables::DeleteUpload(std::string_view id) {
  Prepared("DELETE FROM uploads WHERE id=?").BindText(1, id).Run();
}

void IndexTables::DeleteUploadsCompletedBefore(Time time) {
  Prepared("DELETE FROM uploads WHERE completed>0 AND completed<?").Bind(1, time.milliseconds).Run();
}

void IndexTables::PutPart(std::string_view upload, const IndexedPart& indexed) {
  const Part& part = indexed.part;
  const std::string checksum = ToText(part.checksum);
  Statement& row = Prepared(
      "INSERT OR REPLACE INTO parts(upload, number, file, size, etag, modified, checksum) VALUES(?,?,?,?,?,?,?)");
  const StatementScope scope(row);
  row.BindText(1, upload).Bind(2, part.number).BindText(3, indexed.file).Bind(4, ToColumn(part.size));
  row.BindText(5, part.etag).Bind(6, part.modified.milliseconds).BindText(7, checksum).Run();
}

std::optional<IndexedPart> IndexTables::FindPart(std::string_view upload, int number) {
  Statement& row =
      Prepared("SELECT number, file, size, etag, modified, checksum FROM parts WHERE upload=? AND number=?");
  const StatementScope scope(row);
  if (!row.BindText(1, upload).Bind(2, number).Step()) return std::nullopt;
  return ReadPart(row);
}

std::vector<IndexedPart> IndexTables::Parts(std::string_view upload, int after, int limit) {
  Statement& row = Prepared(
      "SELECT number, file, size, etag, modified, checksum FROM parts WHERE upload=? AND number>? "
      "ORDER BY number LIMIT ?");
  const StatementScope scope(row);
  row.BindText(1, upload).Bind(2, after).Bind(3, limit);
  std::vector<IndexedPart> parts;
  while (row.Step()) parts.push_back(ReadPart(row));
  return parts;
}

void IndexTables::DeleteParts(std::string_view upload) {
  Prepared("DELETE FROM parts WHERE upload=?").BindText(1, upload).Run();
}

void IndexTables::AddJournal(std::string_view file, std::string_view bytes) {
  Prepared("INSERT INTO journal(file, bytes) VALUES(?,?)").BindText(1, file).BindBlob(2, bytes).Run();
}

void IndexTables::DeleteJournal(std::string_view file) {
  Prepared("DELETE FROM journal WHERE file=?").BindText(1, file).Run();
}

void IndexTables::ScanJournal(const std::function<void(std::string_view, std::string_view)>& each) {
  Statement& row = Prepared("SELECT file, bytes FROM journal");
  const StatementScope scope(row);
  while (row.Step()) each(row.Bytes(0), row.Bytes(1));
}

std::vector<std::string> IndexTables::JournalFiles() {
  Statement& row = Prepared("SELECT file FROM journal");
  const StatementScope scope(row);
  std::vector<std::string> files;
  while (row.Step()) files.push_back(row.Text(0));
  return files;
}

void IndexTables::AddGarbage(std::string_view file) {
  Prepared("INSERT OR IGNORE INTO garbage(file) VALUES(?)").BindText(1, file).Run();
  DeleteJournal(file);
}

void IndexTables::DeleteGarbage(std::string_view file) {
  Prepared("DELETE FROM garbage WHERE file=?").BindText(1, file).Run();
}

std::vector<std::string> IndexTables::Garbage() {
  Statement& row = Prepared("SELECT file FROM garbage");
  const StatementScope scope(row);
  std::vector<std::string> files;
  while (row.Step()) files.push_back(row.Text(0));
  return files;
}

std::unordered_set<std::string> IndexTables::FilesInUse(const std::unordered_set<std::string>& candidates) {
  std::unordered_set<std::string> used;
  Statement& row = Prepared("SELECT file FROM objects UNION ALL SELECT file FROM parts");
  const StatementScope scope(row);
  while (row.Step()) {
    std::string file = row.Text(0);
    if (candidates.contains(file)) used.insert(std::move(file));
  }
  return used;
}

}  // namespace sagebrush::objects
