// PutObject, DeleteObject, DeleteObjects.
#include "objects/errors.h"
#include "objects/s3.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kDeletedAtOnceMax = 1000;

Json PutObject(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const std::string key = NewKeyOf(call);
  RefuseUnsupported(s3, call.input);
  CheckBodySize(call);
  const auto writer = s3.store.Write(bucket->name, key, ReadProperties(call.input), ReadWriteOptions(call));
  CopyBody(call, *writer);
  const Object object = writer->Commit();
  JsonObject output{{"ETag", Quoted(object.etag)}};
  AddChecksum(object.checksum, output);
  if (const auto sse = OptionalString(call.input, "ServerSideEncryption")) output["ServerSideEncryption"] = *sse;
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

bool IsConditional(const WriteCondition& condition) {
  return condition.if_etag || condition.if_size || condition.if_modified_at;
}

Json DeleteObject(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  CheckVersion(call.input);
  s3.store.Delete(bucket->name, KeyOf(call),
                  {.condition = DeleteCondition(call.input, "IfMatch", "IfMatchSize", "IfMatchLastModifiedTime")});
  return JsonObject{};
}

// The outcomes of DeleteObjects, in the order of the request.
class Deletion {
 public:
  Deletion(const S3& s3, const wire::Call& call, const Bucket& bucket) : s3_(s3), call_(call), bucket_(bucket) {}

  void Take(const Json& entry) {
    const std::string key = GetString(entry, "Key");
    try {
      CheckVersion(entry);
      CheckWithin(s3_, call_,
                  {ObjectAccess(call_.principal, bucket_, key, ActionOn(entry, "s3:DeleteObject"),
                                TagContext(s3_.store, bucket_.name, key))});
      const WriteCondition condition = DeleteCondition(entry, "ETag", "Size", "LastModifiedTime");
      if (IsConditional(condition)) {
        s3_.store.Delete(bucket_.name, key, {.condition = condition});
      } else {
        unconditional_.push_back({key, {}});
      }
      deleted_.push_back(JsonObject{{"Key", key}});
    } catch (const Error& error) {
      if (error.kind().fault == Fault::kServer) throw;
      const bool denied = error.kind().code == kAccessDenied.code;
      errors_.push_back(JsonObject{
          {"Key", key}, {"Code", denied ? kS3AccessDenied.code : error.kind().code}, {"Message", error.what()}});
    }
  }

  JsonObject Finish(bool quiet) {
    s3_.store.DeleteAll(bucket_.name, unconditional_);
    JsonObject output;
    if (!quiet && !deleted_.empty()) output["Deleted"] = std::move(deleted_);
    if (!errors_.empty()) output["Errors"] = std::move(errors_);
    return output;
  }

 private:
  const S3& s3_;
  const wire::Call& call_;
  const Bucket& bucket_;
  std::vector<KeyToDelete> unconditional_;
  JsonArray deleted_, errors_;
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
