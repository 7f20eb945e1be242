// PutObject, DeleteObject, DeleteObjects.
#include "objects/acl.h"
#include "objects/errors.h"
#include "objects/s3_encryption.h"
#include "objects/s3_lifecycle.h"
#include "objects/s3_object_lock.h"
#include "objects/s3_versions.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kDeletedAtOnceMax = 1000;

Json PutObject(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const std::string key = NewKeyOf(call);
  RefuseUnsupported(call.input);
  CheckBodySize(call);
  Properties properties = ReadProperties(call.input);
  properties.acl = ReadAcl(*bucket, AclOn::kObject, call.input);
  properties.lock = ReadLock(s3, call, *bucket);
  RequireChecksumForLock(call, properties.lock);
  WriteOptions options = ReadWriteOptions(call);
  options.key = NewObjectKey(s3, call, *bucket, key);
  options.cause = CauseOf(call, call.from_form ? "POST Object" : "PutObject");
  const auto writer = s3.store.Write(bucket->name, key, properties, options);
  CopyBody(call, *writer);
  const Object object = writer->Commit();
  JsonObject output{{"ETag", Quoted(object.etag)}};
  AddVersion(*bucket, object, output);
  AddExpiration(s3, *bucket, object, output);
  AddChecksum(object.checksum, output);
  AddNewEncryption(object.encryption, call, output);
  return output;
}

// Conditions of a delete: names of DeleteObject's members, or of an entry of DeleteObjects.
WriteCondition DeleteCondition(const Json& document, std::string_view etag, std::string_view size,
                               std::string_view time) {
  WriteCondition condition;
  if (const auto value = OptionalString(document, etag)) condition.if_etag = Unquoted(*value);
  if (Find(document, size) != nullptr) condition.if_size = static_cast<std::uint64_t>(GetInt(document, size));
  condition.if_modified_at = OptionalTime(document, time);
  return condition;
}

Json DeleteObject(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const Deleted deleted =
      s3.store.Delete(bucket->name, KeyOf(call),
                      {.version = VersionOf(call.input),
                       .condition = DeleteCondition(call.input, "IfMatch", "IfMatchSize", "IfMatchLastModifiedTime"),
                       .bypass_governance = BypassesGovernance(s3, call, *bucket, KeyOf(call)),
                       .cause = CauseOf(call, "DeleteObject")});
  JsonObject output;
  if (deleted.delete_marker) output["DeleteMarker"] = true;
  if (!deleted.version.empty()) output["VersionId"] = deleted.version;
  return output;
}

// The outcomes of DeleteObjects, in the order of the request.
class Deletion {
 public:
  Deletion(const S3& s3, const wire::Call& call, const Bucket& bucket) : s3_(s3), call_(call), bucket_(bucket) {}

  void Take(const Json& entry) {
    const std::string key = GetString(entry, "Key");
    try {
      const DeleteOptions options{.version = VersionOf(entry),
                                  .condition = DeleteCondition(entry, "ETag", "Size", "LastModifiedTime"),
                                  .bypass_governance = BypassesGovernance(s3_, call_, bucket_, key),
                                  .cause = CauseOf(call_, "DeleteObject")};
      CheckWithin(s3_, call_,
                  {ObjectAccess(call_.principal, bucket_, key, ActionOn(entry, "s3:DeleteObject"),
                                TagContext(s3_.store, bucket_.name, key, options.version))});
      keys_.push_back({key, options});
    } catch (const Error& error) {
      if (error.kind().fault == Fault::kServer) throw;
      Fail(key, GetString(entry, "VersionId"), error);
    }
  }

  JsonObject Finish(bool quiet) {
    const std::vector<Deleted> all = s3_.store.DeleteAll(bucket_.name, keys_);
    JsonArray deleted;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].error) {
        Fail(keys_[i].key, keys_[i].options.version, *all[i].error);
      } else {
        deleted.push_back(Describe(keys_[i], all[i]));
      }
    }
    JsonObject output;
    if (!quiet && !deleted.empty()) output["Deleted"] = std::move(deleted);
    if (!errors_.empty()) output["Errors"] = std::move(errors_);
    return output;
  }

 private:
  static JsonObject Describe(const KeyToDelete& key, const Deleted& deleted) {
    JsonObject entry{{"Key", key.key}};
    if (!key.options.version.empty()) entry["VersionId"] = key.options.version;
    if (deleted.delete_marker) {
      entry["DeleteMarker"] = true;
      entry["DeleteMarkerVersionId"] = deleted.version;
    }
    return entry;
  }

  void Fail(const std::string& key, const std::string& version, const Error& error) {
    const bool denied = error.kind().code == kAccessDenied.code;
    JsonObject entry{
        {"Key", key}, {"Code", denied ? kS3AccessDenied.code : error.kind().code}, {"Message", error.what()}};
    if (!version.empty()) entry["VersionId"] = version;
    errors_.push_back(std::move(entry));
  }

  const S3& s3_;
  const wire::Call& call_;
  const Bucket& bucket_;
  std::vector<KeyToDelete> keys_;
  JsonArray errors_;
};

Json DeleteObjects(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const Json* objects = Find(call.input, "Delete.Objects");
  if (objects == nullptr || !objects->is_array() || objects->get_array().empty() ||
      objects->get_array().size() > kDeletedAtOnceMax) {
    throw Error(kMalformedXml,
                "The XML you provided was not well-formed or did not validate against our published "
                "schema: name 1 to 1000 objects to delete");
  }
  Deletion deletion(s3, call, *bucket);
  for (const Json& entry : objects->get_array()) deletion.Take(entry);
  return deletion.Finish(GetBool(call.input, "Delete.Quiet"));
}

}  // namespace

void AddWriteOperations(S3Table& table) {
  table.Add("PutObject", PutObject, WriteRule);
  table.Add("DeleteObject", DeleteObject, OnObject("s3:DeleteObject"));
  // Each key is checked by the handler: those refused are errors of their own in the answer.
  table.Add("DeleteObjects", DeleteObjects, [](const S3& s3, const wire::Call& call) {
    BucketOf(s3, call);
    return std::vector<wire::Access>();
  });
}

}  // namespace sagebrush::objects
