#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "objects/object.h"

namespace sagebrush::objects {

// Who asked for a change of an object, and how: what its event says of that.
struct Cause {
  std::string reason;      // Of a new object the operation, of a delete DeleteObject or kLifecycleExpiration.
  std::string request_id;  // As the reply has it.
  std::string requester;   // An account's id, or a service's principal.
  std::string source_ip;   // Empty: no request stands behind it.
};
inline constexpr std::string_view kLifecycleExpiration = "Lifecycle Expiration";

// The kinds of events: of a write, of a delete, and of edits.
inline constexpr std::string_view kObjectCreated = "Object Created";
inline constexpr std::string_view kObjectDeleted = "Object Deleted";
inline constexpr std::string_view kTagsAdded = "Object Tags Added";
inline constexpr std::string_view kTagsDeleted = "Object Tags Deleted";
inline constexpr std::string_view kAclUpdated = "Object ACL Updated";
inline constexpr std::string_view kStorageClassChanged = "Object Storage Class Changed";

// Something that happened to an object, as EventBridge is told of it
// (docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html).
struct ObjectEvent {
  std::int64_t sequence = 0;  // Set by ObjectOutbox: later changes have higher ones.
  std::string id;             // A UUID: told twice, it is known by it.
  std::string account;        // The bucket's owner.
  std::string region;
  std::string bucket;
  std::string type;  // "Object Created"
  Time time;
  JsonObject detail;
};

// Pure but for the id. Each event is of `bucket` at `now`.
ObjectEvent CreatedEvent(const Bucket& bucket, const Object& object, const Cause& cause, Time now);
// `version`: the one that went, or of the delete marker that was made; empty: the object of a bucket without versions.
ObjectEvent DeletedEvent(const Bucket& bucket, std::string_view key, std::string_view version, bool marker_created,
                         const Cause& cause, Time now);
// `type`: one of those of edits.
ObjectEvent EditedEvent(const Bucket& bucket, const Object& object, std::string_view type, const Cause& cause,
                        Time now);

// As an event is kept. ObjectEventFromText throws Error(kInternalFailure) for what TextOf did not make.
std::string TextOf(const ObjectEvent& event);
ObjectEvent ObjectEventFromText(std::string_view text);

}  // namespace sagebrush::objects
