#pragma once

#include <map>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "objects/extent.h"
#include "objects/file_remover.h"
#include "objects/object_files.h"
#include "objects/object_index.h"
#include "objects/object_outbox.h"
#include "objects/object_store.h"
#include "objects/object_versions.h"
#include "objects/verified_files.h"

namespace sagebrush::objects {

// Objects as files of a local disk, one an object, plain or encrypted, and an index of them in SQLite.
// A write lands in a new file first; it exists once its row in the index is committed. Large files are synced before
// that; the bytes of small ones travel in the commit itself, so that many small writes share one disk sync.
class LocalObjectStore : public ObjectStore {
 public:
  // Opens or creates the store in `directory` and tidies what a crash left. Throws Error. `clock` outlives it.
  LocalObjectStore(const Path& directory, const Clock& clock, Durability durability = Durability::kPowerLoss);
  ~LocalObjectStore() override;

  bool CreateBucket(const Bucket& bucket) override;
  std::shared_ptr<const Bucket> FindBucket(std::string_view name) const override;
  std::vector<std::shared_ptr<const Bucket>> Buckets() const override;
  void DeleteBucket(const std::string& name) override;
  void SetBucketTags(const std::string& name, const Tags& tags) override;
  void SetBucketPolicy(const std::string& name, const std::string& policy) override;
  void SetBucketConfiguration(const std::string& name, const std::string& configuration, const Json& document) override;
  void SetBucketVersioning(const std::string& name, Versioning versioning) override;

  std::optional<Object> Find(const std::string& bucket, const std::string& key,
                             const std::string& version = {}) const override;
  std::optional<Object> FindNewest(const std::string& bucket, const std::string& key) const override;
  std::optional<OpenedObject> Open(const std::string& bucket, const std::string& key,
                                   const std::string& version = {}) const override;
  void Verify(const OpenedObject& opened, ByteRange range) const override;
  Listing List(const std::string& bucket, const ListQuery& query) const override;
  VersionListing Versions(const std::string& bucket, const VersionQuery& query) const override;
  std::unique_ptr<ObjectWriter> Write(const std::string& bucket, const std::string& key, const Properties& properties,
                                      const WriteOptions& options) override;
  Object PutFile(const std::string& bucket, const std::string& key, const FileDescriptor& source,
                 const Properties& properties, const WriteOptions& options, const std::stop_token& stop) override;
  bool Export(const OpenedObject& opened, const Path& destination, const std::stop_token& stop) const override;
  Object Copy(const OpenedObject& source, const std::string& bucket, const std::string& key,
              const Properties& properties, const WriteOptions& options) override;
  Deleted Delete(const std::string& bucket, const std::string& key, const DeleteOptions& options = {}) override;
  std::vector<Deleted> DeleteAll(const std::string& bucket, const std::vector<KeyToDelete>& keys) override;
  std::optional<Object> Edit(const std::string& bucket, const std::string& key, const PropertiesChange& change,
                             const std::string& version = {}, const EditEvent& event = {}) override;

  Upload CreateUpload(Upload upload) override;
  std::optional<Upload> FindUpload(const std::string& bucket, const std::string& key,
                                   const std::string& id) const override;
  UploadListing Uploads(const std::string& bucket, const UploadQuery& query) const override;
  std::unique_ptr<PartWriter> WritePart(const Upload& upload, int number, const WriteOptions& options) override;
  Part CopyPart(const Upload& upload, int number, const OpenedObject& source, ByteRange range,
                const ObjectKey& key) override;
  std::vector<Part> Parts(const Upload& upload, int after, int limit) const override;
  Object CompleteUpload(const std::string& bucket, const std::string& key, const std::string& id,
                        const std::vector<CompletedPart>& parts, const CompleteOptions& options) override;
  bool AbortUpload(const std::string& bucket, const std::string& key, const std::string& id) override;

  ObjectOutbox& outbox() { return outbox_; }

  // Brings the bytes that only the index holds to their files' disk. Happens by itself, in the background.
  void FlushJournal();
  // Waits until what was replaced or deleted is off the disk. As FlushJournal.
  void FinishRemovals() { remover_.Finish(); }

 private:
  class FileObjectWriter;
  class FilePartWriter;

  void VerifyExtent(const OpenedObject& opened, const Extent& extent) const;
  std::shared_ptr<const Bucket> Require(std::string_view name) const;
  // The versions of a key, for a change of the index. Throws kNoSuchBucket.
  ObjectVersions VersionsOf(IndexTables& tables, const Bucket& bucket, const std::string& key) const;
  // The bucket as it is now, when what happens in it is told. Asked in the change of the index, before Wake.
  std::shared_ptr<const Bucket> Telling(const Bucket& bucket) const;
  // Retention for an object that is written and brings none.
  static void LockByDefault(const Bucket& bucket, Object& object);
  void RefreshBucket(const std::string& name);
  void Recover();
  void RunFlusher(const std::stop_token& stop);

  // Links `file` to the data and runs `change` in a commit together with what makes the file durable. Files that
  // `change` names as replaced are removed afterwards.
  using Replaced = std::vector<std::string>;
  void CommitFile(NewFile& file, std::uint64_t size, const std::function<void(IndexTables&, Replaced&)>& change);
  Object CommitObject(const Bucket& bucket, NewFile& file, Object object, const WriteOptions& options);
  Object CopyByReference(const Bucket& bucket, const OpenedObject& source, Object object, const WriteOptions& options);
  Part CommitPart(const Upload& upload, NewFile& file, Part part);
  std::vector<IndexedPart> SelectedParts(const IndexTables::IndexedUpload& upload,
                                         const std::vector<CompletedPart>& wanted) const;
  std::unique_ptr<NewFile> Assemble(const std::vector<IndexedPart>& parts, bool encrypted) const;

  const Clock& clock_;
  const Durability durability_;
  ObjectFiles files_;
  ObjectIndex index_;
  FileRemover remover_;
  ObjectOutbox outbox_{index_};
  mutable VerifiedFiles verified_;

  mutable SharedMutex buckets_mutex_;
  std::map<std::string, std::shared_ptr<const Bucket>, std::less<>> buckets_ GUARDED_BY(buckets_mutex_);

  Mutex flusher_mutex_;
  std::condition_variable_any flusher_wake_;
  std::size_t journalled_ GUARDED_BY(flusher_mutex_) = 0;  // Rows since the last flush.
  std::jthread flusher_;
};

}  // namespace sagebrush::objects
