// The buckets of LocalObjectStore.
#include "base/error.h"
#include "objects/errors.h"
#include "objects/local_object_store.h"
#include "objects/object_document.h"

namespace sagebrush::objects {

void LocalObjectStore::RefreshBucket(const std::string& name) {
  const WriterLock lock(buckets_mutex_);
  auto bucket = index_.Read()->FindBucket(name);
  if (bucket) {
    buckets_.insert_or_assign(name, std::make_shared<const Bucket>(std::move(*bucket)));
  } else {
    buckets_.erase(name);
  }
}

bool LocalObjectStore::CreateBucket(const Bucket& bucket) {
  bool created = false;
  index_.Write([&](IndexTables& tables) {
    created = !tables.FindBucket(bucket.name);
    if (!created) return;
    const std::int64_t id = tables.InsertBucket(bucket);
    if (bucket.versioning != Versioning::kNever) tables.SetBucketVersioning(id, bucket.versioning);
    for (const auto& [name, document] : bucket.configurations) {
      tables.SetBucketConfiguration(id, name, sagebrush::ToText(document));
    }
  });
  RefreshBucket(bucket.name);
  return created;
}

std::shared_ptr<const Bucket> LocalObjectStore::FindBucket(std::string_view name) const {
  const ReaderLock lock(buckets_mutex_);
  const auto found = buckets_.find(name);
  return found == buckets_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const Bucket>> LocalObjectStore::Buckets() const {
  const ReaderLock lock(buckets_mutex_);
  std::vector<std::shared_ptr<const Bucket>> all;
  for (const auto& [name, bucket] : buckets_) all.push_back(bucket);
  return all;
}

void LocalObjectStore::DeleteBucket(const std::string& name) {
  const auto bucket = Require(name);
  std::vector<std::string> garbage;
  index_.Write([&](IndexTables& tables) {
    if (tables.HasObjects(bucket->id)) {
      throw Error(kBucketNotEmpty, "The bucket you tried to delete is not empty", JsonObject{{"BucketName", name}});
    }
    garbage = tables.DeleteBucket(bucket->id);
  });
  RefreshBucket(name);
  remover_.Remove(garbage);
}

void LocalObjectStore::SetBucketTags(const std::string& name, const Tags& tags) {
  const auto bucket = Require(name);
  index_.Write([&](IndexTables& tables) { tables.SetBucketTags(bucket->id, ToText(tags)); });
  RefreshBucket(name);
}

void LocalObjectStore::SetBucketPolicy(const std::string& name, const std::string& policy) {
  const auto bucket = Require(name);
  index_.Write([&](IndexTables& tables) { tables.SetBucketPolicy(bucket->id, policy); });
  RefreshBucket(name);
}

void LocalObjectStore::SetBucketConfiguration(const std::string& name, const std::string& configuration,
                                              const Json& document) {
  const auto bucket = Require(name);
  const std::string text = document.is_null() ? "" : sagebrush::ToText(document);
  index_.Write([&](IndexTables& tables) { tables.SetBucketConfiguration(bucket->id, configuration, text); });
  RefreshBucket(name);
}

void LocalObjectStore::SetBucketVersioning(const std::string& name, Versioning versioning) {
  const auto bucket = Require(name);
  index_.Write([&](IndexTables& tables) { tables.SetBucketVersioning(bucket->id, versioning); });
  RefreshBucket(name);
}

}  // namespace sagebrush::objects
