#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "objects/object.h"
#include "store/sqlite_connection.h"

namespace sagebrush::objects {

// An object and the name of the file that holds its bytes.
struct IndexedObject {
  Object object;
  std::string file;           // Empty: a delete marker has none.
  std::int64_t sequence = 0;  // Of the versions of a key the newest has the highest.
};

// An object of a bucket by its key.
struct KeyOfBucket {
  std::int64_t bucket = 0;
  std::string key;
  bool operator==(const KeyOfBucket&) const = default;
};

struct IndexedPart {
  Part part;
  std::string file;
};

// The rows of the index over one connection: what is kept, and the questions that are asked of it.
// Used by one thread at a time. Changes are made on the connection of ObjectIndex's writer only.
class IndexTables {
 public:
  IndexTables(const Path& file, store::SqliteConnection::Mode mode);
  // Creates or upgrades the tables.
  void Migrate();
  store::SqliteConnection& database() { return database_; }

  // Buckets.
  std::vector<Bucket> Buckets();
  std::optional<Bucket> FindBucket(std::string_view name);
  std::optional<Versioning> FindVersioning(std::int64_t bucket);  // nullopt: no such bucket.
  std::int64_t InsertBucket(const Bucket& bucket);
  // The files that its open uploads leave: they are garbage now.
  std::vector<std::string> DeleteBucket(std::int64_t bucket);
  void SetBucketTags(std::int64_t bucket, const std::string& tags);
  void SetBucketPolicy(std::int64_t bucket, const std::string& policy);
  void SetBucketVersioning(std::int64_t bucket, Versioning versioning);
  void SetBucketConfiguration(std::int64_t bucket, std::string_view name, const std::string& document);  // Empty: none.

  // Objects: of each key the version that is current. What is older, and every delete marker, is kept aside, so that a
  // bucket is listed as fast however many of them it has.
  std::optional<IndexedObject> FindObject(std::int64_t bucket, std::string_view key);
  // Calls `each` for objects with keys from `from` on, in order, properties (but for the storage class) and parts left
  // out, until it returns false or, with `jump` set by it, goes on from that key instead.
  void ScanObjects(std::int64_t bucket, std::string_view from,
                   const std::function<bool(Object&& object, std::string& jump)>& each);
  bool HasObjects(std::int64_t bucket);  // Or anything aside.
  // Replaces the row that has its key.
  void PutObject(std::int64_t bucket, const IndexedObject& object);
  void DeleteObject(std::int64_t bucket, std::string_view key);

  // Versions, wherever they are kept.
  std::optional<IndexedObject> FindVersion(std::int64_t bucket, std::string_view key, std::string_view version);
  std::optional<IndexedObject> FindNewest(std::int64_t bucket, std::string_view key);
  // Writes down what is said about a version that is there.
  void SetAttributes(std::int64_t bucket, const IndexedObject& version);
  std::vector<std::int64_t> BucketsInUse();  // Of all versions, whether they exist or not.
  // Calls `each` for versions from `key` on, the newest of a key first, of `key` itself only those that are older than
  // `below_sequence`; as ScanObjects.
  static constexpr std::int64_t kNewerThanAll = std::numeric_limits<std::int64_t>::max();
  void ScanVersions(std::int64_t bucket, std::string_view key, std::int64_t below_sequence,
                    const std::function<bool(IndexedObject&& version, std::string& jump)>& each);
  void SetAside(std::int64_t bucket, std::string_view key);  // The current one.
  void PutAside(std::int64_t bucket, const IndexedObject& version);
  void DeleteAside(std::int64_t bucket, std::string_view key, std::int64_t sequence);
  std::int64_t NewestSequenceAside(std::int64_t bucket, std::string_view key);  // 0: nothing is aside.
  // Makes the newest version aside the current one, unless it is a delete marker.
  void BringBackNewest(std::int64_t bucket, std::string_view key);

  // Multipart uploads. `result` is empty until the upload is completed.
  struct IndexedUpload {
    Upload upload;
    std::string result;
  };
  void InsertUpload(std::int64_t bucket, const Upload& upload);
  std::optional<IndexedUpload> FindUpload(std::int64_t bucket, std::string_view key, std::string_view id);
  // Open uploads by (key, id) after the given pair; as ScanObjects.
  void ScanUploads(std::int64_t bucket, std::string_view key, std::string_view id,
                   const std::function<bool(Upload&& upload, std::string& jump)>& each);
  void CompleteUpload(std::string_view id, std::string_view result, Time now);
  void DeleteUpload(std::string_view id);
  void DeleteUploadsCompletedBefore(Time time);
  void PutPart(std::string_view upload, const IndexedPart& part);
  std::optional<IndexedPart> FindPart(std::string_view upload, int number);
  std::vector<IndexedPart> Parts(std::string_view upload, int after, int limit);
  void DeleteParts(std::string_view upload);
  // All there are, with whether their upload is there.
  void ScanParts(const std::function<void(std::string_view upload, IndexedPart&& part, bool has_upload)>& each);

  // Events of objects that were not told yet. `each` gets them in their order, until it returns false.
  void AddEvent(std::string_view event);
  void ScanEvents(const std::function<bool(std::int64_t sequence, std::string_view event)>& each);
  void DeleteEvents(std::int64_t sequence);  // Up to it.

  // Bytes of small files that the disk may not have yet, and files that nothing refers to any more.
  void AddJournal(std::string_view file, std::string_view bytes);
  void DeleteJournal(std::string_view file);
  void ScanJournal(const std::function<void(std::string_view file, std::string_view bytes)>& each);
  std::vector<std::string> JournalFiles();
  void AddGarbage(std::string_view file);  // Its journal row goes as well.
  void DeleteGarbage(std::string_view file);
  std::vector<std::string> Garbage();
  // Those of `candidates` that an object or a part refers to.
  std::unordered_set<std::string> FilesInUse(const std::unordered_set<std::string>& candidates);

  // The keys whose current version was changed since the last call, whether or not the change was undone.
  std::vector<KeyOfBucket> TakeChanged() { return std::exchange(changed_, {}); }

 private:
  void ReadConfigurations(Bucket& bucket);
  void Changed(std::int64_t bucket, std::string_view key) { changed_.push_back({bucket, std::string(key)}); }

  store::SqliteConnection database_;
  std::vector<KeyOfBucket> changed_;
};

}  // namespace sagebrush::objects
