#pragma once

#include "base/trouble.h"
#include "objects/object_store.h"

namespace sagebrush::objects {

// For tests: an object store each of whose calls `trouble` may befall. Both outlive it.
class TroubledObjectStore : public ObjectStore {
 public:
  TroubledObjectStore(ObjectStore& objects, const Trouble& trouble) : objects_(objects), trouble_(trouble) {}

  bool CreateBucket(const Bucket& bucket) override {
    return trouble_.Around([&] { return objects_.CreateBucket(bucket); });
  }
  std::shared_ptr<const Bucket> FindBucket(std::string_view name) const override {
    return trouble_.Around([&] { return objects_.FindBucket(name); });
  }
  std::vector<std::shared_ptr<const Bucket>> Buckets() const override {
    return trouble_.Around([&] { return objects_.Buckets(); });
  }
  void DeleteBucket(const std::string& name) override {
    trouble_.Around([&] { objects_.DeleteBucket(name); });
  }
  void SetBucketTags(const std::string& name, const Tags& tags) override {
    trouble_.Around([&] { objects_.SetBucketTags(name, tags); });
  }
  void SetBucketPolicy(const std::string& name, const std::string& policy) override {
    trouble_.Around([&] { objects_.SetBucketPolicy(name, policy); });
  }
  void SetBucketConfiguration(const std::string& name, const std::string& configuration,
                              const Json& document) override {
    trouble_.Around([&] { objects_.SetBucketConfiguration(name, configuration, document); });
  }
  void SetBucketVersioning(const std::string& name, Versioning versioning) override {
    trouble_.Around([&] { objects_.SetBucketVersioning(name, versioning); });
  }
  std::optional<Object> Find(const std::string& bucket, const std::string& key,
                             const std::string& version = {}) const override {
    return trouble_.Around([&] { return objects_.Find(bucket, key, version); });
  }
  std::optional<Object> FindNewest(const std::string& bucket, const std::string& key) const override {
    return trouble_.Around([&] { return objects_.FindNewest(bucket, key); });
  }
  std::optional<OpenedObject> Open(const std::string& bucket, const std::string& key,
                                   const std::string& version = {}) const override {
    return trouble_.Around([&] { return objects_.Open(bucket, key, version); });
  }
  void Verify(const OpenedObject& opened, ByteRange range) const override {
    trouble_.Around([&] { objects_.Verify(opened, range); });
  }
  Listing List(const std::string& bucket, const ListQuery& query) const override {
    return trouble_.Around([&] { return objects_.List(bucket, query); });
  }
  VersionListing Versions(const std::string& bucket, const VersionQuery& query) const override {
    return trouble_.Around([&] { return objects_.Versions(bucket, query); });
  }
  std::unique_ptr<ObjectWriter> Write(const std::string& bucket, const std::string& key, const Properties& properties,
                                      const WriteOptions& options) override {
    return trouble_.Around([&] { return objects_.Write(bucket, key, properties, options); });
  }
  Object PutFile(const std::string& bucket, const std::string& key, const FileDescriptor& file,
                 const Properties& properties, const WriteOptions& options, const std::stop_token& stop) override {
    return trouble_.Around([&] { return objects_.PutFile(bucket, key, file, properties, options, stop); });
  }
  bool Export(const OpenedObject& opened, const Path& destination, const std::stop_token& stop) const override {
    return trouble_.Around([&] { return objects_.Export(opened, destination, stop); });
  }
  Object Copy(const OpenedObject& source, const std::string& bucket, const std::string& key,
              const Properties& properties, const WriteOptions& options) override {
    return trouble_.Around([&] { return objects_.Copy(source, bucket, key, properties, options); });
  }
  Deleted Delete(const std::string& bucket, const std::string& key, const DeleteOptions& options = {}) override {
    return trouble_.Around([&] { return objects_.Delete(bucket, key, options); });
  }
  std::vector<Deleted> DeleteAll(const std::string& bucket, const std::vector<KeyToDelete>& keys) override {
    return trouble_.Around([&] { return objects_.DeleteAll(bucket, keys); });
  }
  std::optional<Object> Edit(const std::string& bucket, const std::string& key, const PropertiesChange& change,
                             const std::string& version = {}, const EditEvent& event = {}) override {
    return trouble_.Around([&] { return objects_.Edit(bucket, key, change, version, event); });
  }
  Upload CreateUpload(Upload upload) override {
    return trouble_.Around([&] { return objects_.CreateUpload(upload); });
  }
  std::optional<Upload> FindUpload(const std::string& bucket, const std::string& key,
                                   const std::string& id) const override {
    return trouble_.Around([&] { return objects_.FindUpload(bucket, key, id); });
  }
  UploadListing Uploads(const std::string& bucket, const UploadQuery& query) const override {
    return trouble_.Around([&] { return objects_.Uploads(bucket, query); });
  }
  std::unique_ptr<PartWriter> WritePart(const Upload& upload, int number, const WriteOptions& options) override {
    return trouble_.Around([&] { return objects_.WritePart(upload, number, options); });
  }
  Part CopyPart(const Upload& upload, int number, const OpenedObject& source, ByteRange range,
                const ObjectKey& key) override {
    return trouble_.Around([&] { return objects_.CopyPart(upload, number, source, range, key); });
  }
  std::vector<Part> Parts(const Upload& upload, int after, int limit) const override {
    return trouble_.Around([&] { return objects_.Parts(upload, after, limit); });
  }
  Object CompleteUpload(const std::string& bucket, const std::string& key, const std::string& id,
                        const std::vector<CompletedPart>& parts, const CompleteOptions& options) override {
    return trouble_.Around([&] { return objects_.CompleteUpload(bucket, key, id, parts, options); });
  }
  bool AbortUpload(const std::string& bucket, const std::string& key, const std::string& id) override {
    return trouble_.Around([&] { return objects_.AbortUpload(bucket, key, id); });
  }

 private:
  ObjectStore& objects_;
  const Trouble& trouble_;
};

}  // namespace sagebrush::objects
