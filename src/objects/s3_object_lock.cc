// Object Lock: the configuration of a bucket, retention and legal hold of a version.
#include "objects/s3_object_lock.h"

#include "objects/checksums.h"
#include "objects/errors.h"
#include "objects/object_lock.h"
#include "objects/s3_versions.h"

namespace sagebrush::objects {
namespace {

constexpr std::int64_t kDaysMax = 36'500, kYearsMax = 100;

[[noreturn]] void ThrowInvalid(std::string_view argument, std::string_view value, const std::string& message) {
  throw Error(kInvalidArgument, message, JsonObject{{"ArgumentName", argument}, {"ArgumentValue", value}});
}

void RequireLockable(const Bucket& bucket) {
  if (CanLockObjects(bucket)) return;
  throw Error(kInvalidRequest, "Bucket is missing Object Lock Configuration", JsonObject{{"BucketName", bucket.name}});
}

std::optional<RetentionMode> ModeNamed(std::string_view name) {
  for (const RetentionMode mode : {RetentionMode::kGovernance, RetentionMode::kCompliance}) {
    if (name == NameOf(mode)) return mode;
  }
  return std::nullopt;
}

void RefuseEventHold(const Json& document, std::initializer_list<std::string_view> members) {
  for (const std::string_view member : members) {
    if (Find(document, member) == nullptr) continue;
    throw Error(kNotImplemented, fmt::format("A header you provided implies functionality that is not implemented: {}: "
                                             "locks end at a date or with their legal hold, not with an event.",
                                             member));
  }
}

// Throws unless a period is whole: one of Days and Years, in their bounds.
void CheckDefaultRetention(const Json& rule) {
  RefuseEventHold(rule, {"DefaultEventHold"});
  const bool days = Find(rule, "Days") != nullptr, years = Find(rule, "Years") != nullptr;
  if (!ModeNamed(GetString(rule, "Mode")) || days == years) {
    throw Error(kMalformedXml, "A default retention has a Mode, GOVERNANCE or COMPLIANCE, and either Days or Years.");
  }
  const std::int64_t period = GetInt(rule, days ? "Days" : "Years"), max = days ? kDaysMax : kYearsMax;
  if (period < 1 || period > max) {
    throw Error(kInvalidRetentionPeriod,
                fmt::format("Default retention period must be a positive integer value of at most {} {}.", max,
                            days ? "days" : "years"));
  }
}

Json PutObjectLockConfiguration(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  RequireChecksum(call);
  const Json* const document = Find(call.input, kObjectLockConfiguration);
  if (document == nullptr || GetString(*document, "ObjectLockEnabled") != "Enabled") {
    throw Error(kMalformedXml, "An object lock configuration says ObjectLockEnabled: Enabled.");
  }
  if (const Json* const rule = Find(*document, "Rule")) {
    const Json* const retention = Find(*rule, "DefaultRetention");
    if (retention == nullptr) throw Error(kMalformedXml, "The Rule has no DefaultRetention.");
    CheckDefaultRetention(*retention);
  }
  if (bucket->versioning != Versioning::kEnabled) {
    throw Error(kInvalidBucketState, "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
                JsonObject{{"BucketName", bucket->name}});
  }
  s3.store.SetBucketConfiguration(bucket->name, std::string(kObjectLockConfiguration), *document);
  return JsonObject{};
}

Json GetObjectLockConfiguration(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  const Json* const document = ConfigurationOf(*bucket, kObjectLockConfiguration);
  if (document == nullptr) {
    throw Error(kNoSuchObjectLockConfigurationOfBucket, "Object Lock configuration does not exist for this bucket",
                JsonObject{{"BucketName", bucket->name}});
  }
  return JsonObject{{kObjectLockConfiguration, *document}};
}

// nullopt: an empty one, which takes a retention away.
std::optional<Retention> ReadRetention(const S3& s3, const Json& input) {
  const Json* const document = Find(input, "Retention");
  if (document == nullptr) throw Error(kMalformedXml, "Give a Retention.");
  RefuseEventHold(*document, {"EventHold", "EventHoldDuration"});
  const std::string name = GetString(*document, "Mode");
  const auto mode = ModeNamed(name);
  const auto until = OptionalTime(*document, "RetainUntilDate");
  if (name.empty() && !until) return std::nullopt;
  if (!mode || !until) {
    throw Error(kMalformedXml, "A retention has a Mode, GOVERNANCE or COMPLIANCE, and a RetainUntilDate.");
  }
  if (*until <= s3.clock.Now()) {
    ThrowInvalid("RetainUntilDate", ToIso8601(*until), "The retain until date must be in the future!");
  }
  return Retention{*mode, *until};
}

// Changes the lock of the version that the call names.
Json EditLock(const S3& s3, wire::Call& call, const Bucket& bucket, const std::function<void(Lock&)>& change) {
  const std::string version = VersionOf(call.input);
  const auto object =
      s3.store.Edit(bucket.name, KeyOf(call), [&](Properties& properties) { change(properties.lock); }, version);
  if (!object) ThrowMissing(s3, call, bucket, KeyOf(call), version);
  RefuseDeleteMarker(call, *object);
  return JsonObject{};
}

Json PutObjectRetention(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  RequireLockable(*bucket);
  RequireChecksum(call);
  const auto wanted = ReadRetention(s3, call.input);
  const bool bypass = BypassesGovernance(s3, call, *bucket, KeyOf(call));
  return EditLock(s3, call, *bucket, [&](Lock& lock) {
    CheckRetentionChange(lock, wanted, s3.clock.Now(), bypass);
    lock.retention = wanted;
  });
}

[[noreturn]] void ThrowNoLock() {
  throw Error(kNoSuchObjectLockConfiguration, "The specified object does not have a ObjectLock configuration");
}

Json GetObjectRetention(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  RequireLockable(*bucket);
  const Object object = FindObject(s3, call, *bucket);
  const auto& retention = object.properties.lock.retention;
  if (!retention) ThrowNoLock();
  return JsonObject{{"Retention", {{"Mode", NameOf(retention->mode)}, {"RetainUntilDate", Seconds(retention->until)}}}};
}

Json PutObjectLegalHold(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  RequireLockable(*bucket);
  RequireChecksum(call);
  const std::string status = GetString(call.input, "LegalHold.Status");
  if (status != "ON" && status != "OFF") throw Error(kMalformedXml, "The Status of a legal hold is ON or OFF.");
  return EditLock(s3, call, *bucket, [&](Lock& lock) { lock.legal_hold = status == "ON"; });
}

Json GetObjectLegalHold(const S3& s3, wire::Call& call) {
  const auto bucket = BucketOf(s3, call);
  RequireLockable(*bucket);
  const Object object = FindObject(s3, call, *bucket);
  const auto& hold = object.properties.lock.legal_hold;
  if (!hold) ThrowNoLock();
  return JsonObject{{"LegalHold", {{"Status", *hold ? "ON" : "OFF"}}}};
}

// The action on the object that the input names: of a lock there is one for all versions.
S3Rule OnLock(std::string action) {
  return [action = std::move(action)](const S3& s3, const wire::Call& call) {
    const auto bucket = BucketOf(s3, call);
    const std::string key = KeyOf(call);
    return std::vector{ObjectAccess(call.principal, *bucket, key, action,
                                    TagContext(s3.store, bucket->name, key, GetString(call.input, "VersionId")))};
  };
}

bool IsAllowed(const S3& s3, const wire::Call& call, const Bucket& bucket, const std::string& key,
               std::string_view action) {
  try {
    CheckWithin(s3, call, {ObjectAccess(call.principal, bucket, key, action)});
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

Lock ReadLock(const S3& s3, const wire::Call& call, const Bucket& bucket) {
  Lock lock;
  const std::string mode = GetString(call.input, "ObjectLockMode");
  const std::string hold = GetString(call.input, "ObjectLockLegalHoldStatus");
  const auto until = OptionalTime(call.input, "ObjectLockRetainUntilDate");
  if (!hold.empty()) {
    if (hold != "ON" && hold != "OFF") {
      ThrowInvalid("x-amz-object-lock-legal-hold", hold, "Legal Hold must be either of 'ON' or 'OFF'");
    }
    lock.legal_hold = hold == "ON";
  }
  if (mode.empty() != !until) {
    ThrowInvalid(until ? "x-amz-object-lock-mode" : "x-amz-object-lock-retain-until-date", "",
                 "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied");
  }
  if (until) {
    const auto known = ModeNamed(mode);
    if (!known) ThrowInvalid("x-amz-object-lock-mode", mode, "Unknown wormMode directive.");
    if (*until <= s3.clock.Now()) {
      ThrowInvalid("x-amz-object-lock-retain-until-date", ToIso8601(*until),
                   "The retain until date must be in the future!");
    }
    lock.retention = Retention{*known, *until};
  }
  if (lock != Lock()) RequireLockable(bucket);
  return lock;
}

void RequireChecksumForLock(const wire::Call& call, const Lock& lock) {
  if (lock == Lock() || BringsChecksum(call)) return;
  throw Error(kInvalidRequest,
              "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock "
              "parameters");
}

void AddLockAccesses(const wire::Call& call, const Bucket& bucket, const std::string& key,
                     std::vector<wire::Access>& accesses) {
  if (Find(call.input, "ObjectLockMode") != nullptr || Find(call.input, "ObjectLockRetainUntilDate") != nullptr) {
    accesses.push_back(ObjectAccess(call.principal, bucket, key, "s3:PutObjectRetention"));
  }
  if (Find(call.input, "ObjectLockLegalHoldStatus") != nullptr) {
    accesses.push_back(ObjectAccess(call.principal, bucket, key, "s3:PutObjectLegalHold"));
  }
}

void AddLock(const S3& s3, const wire::Call& call, const Bucket& bucket, const Object& object, JsonObject& output) {
  const Lock& lock = object.properties.lock;
  if (lock.retention && IsAllowed(s3, call, bucket, object.key, "s3:GetObjectRetention")) {
    output["ObjectLockMode"] = NameOf(lock.retention->mode);
    output["ObjectLockRetainUntilDate"] = Seconds(lock.retention->until);
  }
  if (lock.legal_hold && IsAllowed(s3, call, bucket, object.key, "s3:GetObjectLegalHold")) {
    output["ObjectLockLegalHoldStatus"] = *lock.legal_hold ? "ON" : "OFF";
  }
}

bool BypassesGovernance(const S3& s3, const wire::Call& call, const Bucket& bucket, const std::string& key) {
  return GetBool(call.input, "BypassGovernanceRetention") &&
         IsAllowed(s3, call, bucket, key, "s3:BypassGovernanceRetention");
}

void AddObjectLockOperations(S3Table& table) {
  table.Add("PutObjectLockConfiguration", PutObjectLockConfiguration, OnBucket("s3:PutBucketObjectLockConfiguration"));
  table.Add("GetObjectLockConfiguration", GetObjectLockConfiguration, OnBucket("s3:GetBucketObjectLockConfiguration"));
  table.Add("PutObjectRetention", PutObjectRetention, OnLock("s3:PutObjectRetention"));
  table.Add("GetObjectRetention", GetObjectRetention, OnLock("s3:GetObjectRetention"));
  table.Add("PutObjectLegalHold", PutObjectLegalHold, OnLock("s3:PutObjectLegalHold"));
  table.Add("GetObjectLegalHold", GetObjectLegalHold, OnLock("s3:GetObjectLegalHold"));
}

}  // namespace sagebrush::objects
