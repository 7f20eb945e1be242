#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "objects/byte_range.h"
#include "objects/object.h"
#include "objects/object_event.h"
#include "objects/opened_object.h"

namespace sagebrush::objects {

// What must hold of the object that is there for a write to happen; checked in one step with the write.
struct WriteCondition {
  bool if_absent = false;              // If-None-Match: *
  std::optional<std::string> if_etag;  // If-Match, without quotes; "*": any object.
  std::optional<std::uint64_t> if_size;
  std::optional<Time> if_modified_at;  // Compared in whole seconds.
};

struct WriteOptions {
  DigestAlgorithm checksum = DigestAlgorithm::kCrc64Nvme;
  std::string expected_checksum;  // Raw bytes; empty: not known before. A mismatch fails the write with BadDigest.
  WriteCondition condition;
  ObjectKey key;  // Of a part: its upload's.
  Cause cause{};  // Of an object; a part is no event.
};

// Takes the bytes of one new object. Used by one thread. Destroyed without Commit it leaves nothing behind.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual void Append(std::string_view bytes) = 0;
  // The object is there, whole and durable, on return; it replaces the one that had its key. Call once, last.
  // It has the bucket's default retention where it brings none.
  // Throws Error: kPreconditionFailed, kNoSuchBucket, kBadDigest, kInsufficientStorage; then nothing has changed.
  virtual Object Commit() = 0;
};

// As ObjectWriter, for one part of a multipart upload; it replaces a part of the same number.
class PartWriter {
 public:
  virtual ~PartWriter() = default;
  virtual void Append(std::string_view bytes) = 0;
  virtual Part Commit() = 0;  // Throws kNoSuchUpload when the upload was completed or aborted meanwhile.
};

// What of an object is to be deleted.
struct DeleteOptions {
  // The version that goes for good. Empty: the object goes, and leaves a delete marker where versions are kept.
  std::string version;
  WriteCondition condition;
  bool bypass_governance = false;  // A retention in governance mode does not keep it.
  // For those who decided by what they saw: else nothing is deleted and the error is kPreconditionFailed.
  std::optional<Time> written_at;  // It is the one that was written then.
  bool only_noncurrent = false;    // A newer version of the key is there.
  Cause cause{};
};

struct KeyToDelete {
  std::string key;
  DeleteOptions options;
};

// What a delete did.
struct Deleted {
  bool found = false;          // There was such an object, or such a version.
  std::string version;         // The one that went, or of the delete marker that was made; empty: neither.
  bool delete_marker = false;  // `version` is, or was, a delete marker.
  std::optional<Error> error;  // Only of several deletes in one step: why this one was not done.
};

struct ListQuery {
  std::string prefix;
  std::string delimiter;    // Empty: no grouping.
  std::string start_after;  // Keys come strictly after it; a common prefix equal to it is not listed again.
  int limit = 1000;         // Of objects and common prefixes together.
};

struct Listing {
  std::vector<Object> objects;  // In byte order of their keys.
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string last;  // The last key or common prefix: where the next page starts after.
};

struct VersionQuery {
  std::string prefix;
  std::string delimiter;
  std::string key_marker;  // Versions come after (key_marker, version_marker); without the latter after all of the key.
  std::string version_marker;
  int limit = 1000;
};

struct ListedVersion {
  Object object;
  bool latest = false;
};

struct VersionListing {
  std::vector<ListedVersion> versions;  // In byte order of their keys, the newest of a key first.
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_key_marker, next_version_marker;
};

struct UploadQuery {
  std::string prefix;
  std::string delimiter;
  std::string key_marker;  // Uploads come after (key_marker, id_marker); without id_marker after all of that key.
  std::string upload_id_marker;
  int limit = 1000;
};

struct UploadListing {
  std::vector<Upload> uploads;  // By key, then by time of initiation.
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_key_marker, next_upload_id_marker;
};

struct CompletedPart {
  int number = 0;
  std::string etag;
  std::optional<Checksum> checksum;
};

struct CompleteOptions {
  std::optional<Checksum> expected_checksum;  // Of the object.
  std::optional<std::uint64_t> expected_size;
  WriteCondition condition;
  Cause cause{};
};

// The event that an edit is.
struct EditEvent {
  std::string_view type;  // One of those of edits (object_event.h); empty: it is none.
  Cause cause{};
};

// Keeps buckets and their objects. Safe to call from any thread; calls block on the disk.
// What a call has acknowledged survives a crash and a power cut. Objects are immutable: a write makes a new one.
// Every method that names a bucket throws kNoSuchBucket when there is none.
// What happens to objects of a bucket that tells EventBridge (notifications.h) is put down as an event in the same
// commit.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // Buckets. Reads come from memory.
  // False, and nothing changed, when a bucket of that name exists.
  virtual bool CreateBucket(const Bucket& bucket) = 0;
  virtual std::shared_ptr<const Bucket> FindBucket(std::string_view name) const = 0;  // nullptr: none.
  virtual std::vector<std::shared_ptr<const Bucket>> Buckets() const = 0;             // By name.
  // Throws kBucketNotEmpty while it holds objects, or versions of some. Uploads that were begun are aborted.
  virtual void DeleteBucket(const std::string& name) = 0;
  virtual void SetBucketTags(const std::string& name, const Tags& tags) = 0;
  // `policy` is JSON text; empty: none.
  virtual void SetBucketPolicy(const std::string& name, const std::string& policy) = 0;
  // `configuration`: its name in Bucket::configurations. `document` null: it is configured no more.
  virtual void SetBucketConfiguration(const std::string& name, const std::string& configuration,
                                      const Json& document) = 0;

  virtual void SetBucketVersioning(const std::string& name, Versioning versioning) = 0;

  // Objects. Whoever reads the bytes of one that is encrypted sets its key first (OpenedObject::data_key).
  // Where a call takes a version, an empty one is the current object: none, when a delete marker is.
  // nullopt: no such version.
  virtual std::optional<Object> Find(const std::string& bucket, const std::string& key,
                                     const std::string& version = {}) const = 0;
  // The newest version of a key, which may be a delete marker.
  virtual std::optional<Object> FindNewest(const std::string& bucket, const std::string& key) const = 0;
  virtual std::optional<OpenedObject> Open(const std::string& bucket, const std::string& key,
                                           const std::string& version = {}) const = 0;
  // Throws Error(kInternalFailure), and logs where, when bytes of `range` are not those that were written: for whoever
  // reads plain bytes; Export and the copies do so on their own, and encrypted ones prove it themselves as they are
  // read. Reads the parts that `range` touches, or an object without parts whole, when that was not done within the
  // last day.
  virtual void Verify(const OpenedObject& opened, ByteRange range) const = 0;
  virtual Listing List(const std::string& bucket, const ListQuery& query) const = 0;
  virtual VersionListing Versions(const std::string& bucket, const VersionQuery& query) const = 0;
  virtual std::unique_ptr<ObjectWriter> Write(const std::string& bucket, const std::string& key,
                                              const Properties& properties, const WriteOptions& options) = 0;
  // Makes an open regular file an object. Where it is stored plain, the file system can and the file has one name,
  // nothing is copied: then both are one file, which becomes the server's own and read-only, and nobody may hold it
  // open for writing. Throws Error(kServiceUnavailable) once a stop is asked for.
  virtual Object PutFile(const std::string& bucket, const std::string& key, const FileDescriptor& file,
                         const Properties& properties, const WriteOptions& options, const std::stop_token& stop) = 0;
  // Makes `destination`, which must not exist, a file with the bytes of an object, without copying where it is stored
  // plain and the file system can: then it is read-only, shared with the store, and must never be written. True: so it
  // is; false: the file is a copy. Throws Error(kServiceUnavailable) once a stop is asked for.
  virtual bool Export(const OpenedObject& opened, const Path& destination, const std::stop_token& stop) const = 0;
  // A new object with the bytes of `source`, copied by reference where possible: both are stored plain, or with the
  // same data key.
  virtual Object Copy(const OpenedObject& source, const std::string& bucket, const std::string& key,
                      const Properties& properties, const WriteOptions& options) = 0;
  // Throws kPreconditionFailed, kNoSuchKey where `if_etag` asks for an object that is not there, and kS3AccessDenied
  // for a locked version; then nothing has changed.
  virtual Deleted Delete(const std::string& bucket, const std::string& key, const DeleteOptions& options = {}) = 0;
  // All in one step. The results are in the order of `keys`; one that fails does not keep the others from being done.
  virtual std::vector<Deleted> DeleteAll(const std::string& bucket, const std::vector<KeyToDelete>& keys) = 0;
  // Changes what is said about an object, in one step; its bytes and its time stay. The object as it is now; nullopt:
  // no such version. A delete marker stays as it is. `change` is quick, may run more than once, and when it throws
  // nothing is changed. `event` is looked at after it.
  using PropertiesChange = std::function<void(Properties& properties)>;
  virtual std::optional<Object> Edit(const std::string& bucket, const std::string& key, const PropertiesChange& change,
                                     const std::string& version = {}, const EditEvent& event = {}) = 0;

  // Multipart uploads.
  virtual Upload CreateUpload(Upload upload) = 0;  // Sets id and time.
  virtual std::optional<Upload> FindUpload(const std::string& bucket, const std::string& key,
                                           const std::string& id) const = 0;  // nullopt: none, or ended.
  virtual UploadListing Uploads(const std::string& bucket, const UploadQuery& query) const = 0;
  virtual std::unique_ptr<PartWriter> WritePart(const Upload& upload, int number, const WriteOptions& options) = 0;
  virtual Part CopyPart(const Upload& upload, int number, const OpenedObject& source, ByteRange range,
                        const ObjectKey& key) = 0;
  // Parts with numbers above `after`, in order.
  virtual std::vector<Part> Parts(const Upload& upload, int after, int limit) const = 0;
  // Joins the parts to the object. Throws kNoSuchUpload, kInvalidPart, kInvalidPartOrder, kEntityTooSmall, kBadDigest,
  // kPreconditionFailed; then the upload is as before. Called again after it succeeded, it answers the same.
  virtual Object CompleteUpload(const std::string& bucket, const std::string& key, const std::string& id,
                                const std::vector<CompletedPart>& parts, const CompleteOptions& options) = 0;
  // False: no such upload.
  virtual bool AbortUpload(const std::string& bucket, const std::string& key, const std::string& id) = 0;
};

}  // namespace sagebrush::objects
