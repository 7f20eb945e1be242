#include "objects/object_event.h"

#include "base/id.h"
#include "objects/storage_class.h"

namespace sagebrush::objects {
namespace {

// Of no bytes: what a delete marker shows.
constexpr std::string_view kEtagOfNothing = "d41d8cd98f00b204e9800998ecf8427e";

// What all events of a bucket have in common; `object` is what is said of the object.
ObjectEvent Event(const Bucket& bucket, std::string_view type, JsonObject object, const Cause& cause, Time now) {
  JsonObject detail{{"version", "0"},
                    {"event-version", "1.1"},
                    {"bucket", JsonObject{{"name", bucket.name}}},
                    {"object", std::move(object)},
                    {"request-id", cause.request_id},
                    {"requester", cause.requester}};
  if (!cause.source_ip.empty()) detail["source-ip-address"] = cause.source_ip;
  return {.id = NewUuid(),
          .account = bucket.account,
          .region = bucket.region,
          .bucket = bucket.name,
          .type = std::string(type),
          .time = now,
          .detail = std::move(detail)};
}

void AddVersionId(const Bucket& bucket, std::string_view version, JsonObject& object) {
  if (bucket.versioning != Versioning::kNever && !version.empty()) object["version-id"] = version;
}

}  // namespace

ObjectEvent CreatedEvent(const Bucket& bucket, const Object& object, const Cause& cause, Time now) {
  JsonObject said{{"key", object.key}, {"size", static_cast<std::int64_t>(object.size)}, {"etag", object.etag}};
  AddVersionId(bucket, object.version, said);
  ObjectEvent event = Event(bucket, kObjectCreated, std::move(said), cause, now);
  event.detail["reason"] = cause.reason;
  return event;
}

ObjectEvent DeletedEvent(const Bucket& bucket, std::string_view key, std::string_view version, bool marker_created,
                         const Cause& cause, Time now) {
  JsonObject said{{"key", key}};
  if (marker_created) said["etag"] = kEtagOfNothing;
  AddVersionId(bucket, version, said);
  ObjectEvent event = Event(bucket, kObjectDeleted, std::move(said), cause, now);
  event.detail["reason"] = cause.reason;
  event.detail["deletion-type"] = marker_created ? "Delete Marker Created" : "Permanently Deleted";
  return event;
}

ObjectEvent EditedEvent(const Bucket& bucket, const Object& object, std::string_view type, const Cause& cause,
                        Time now) {
  JsonObject said{{"key", object.key}, {"etag", object.etag}};
  if (type == kStorageClassChanged) said["size"] = static_cast<std::int64_t>(object.size);
  AddVersionId(bucket, object.version, said);
  ObjectEvent event = Event(bucket, type, std::move(said), cause, now);
  if (type == kStorageClassChanged) event.detail["destination-storage-class"] = StorageClassOf(object.properties);
  return event;
}

std::string TextOf(const ObjectEvent& event) {
  return ToText(Json(JsonObject{{"id", event.id},
                                {"account", event.account},
                                {"region", event.region},
                                {"bucket", event.bucket},
                                {"type", event.type},
                                {"time", event.time.milliseconds},
                                {"detail", event.detail}}));
}

ObjectEvent ObjectEventFromText(std::string_view text) {
  const Json document = ParseStoredJson(text, "The stored event of an object");
  ObjectEvent event{.id = GetString(document, "id"),
                    .account = GetString(document, "account"),
                    .region = GetString(document, "region"),
                    .bucket = GetString(document, "bucket"),
                    .type = GetString(document, "type"),
                    .time = {GetInt(document, "time")}};
  if (const Json* const detail = Find(document, "detail"); detail != nullptr && detail->is_object()) {
    event.detail = detail->get_object();
  }
  return event;
}

}  // namespace sagebrush::objects
