#include "objects/lifecycle_worker.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/id.h"
#include "base/log.h"
#include "objects/storage_class.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kDeletedAtOnce = 100;  // In one commit, beside which others wait.

Cause RuleAsCause() {
  return {.reason = std::string(kLifecycleExpiration), .request_id = NewUuid(), .requester = "s3.amazonaws.com"};
}

}  // namespace

LifecycleWorker::LifecycleWorker(ObjectStore& store, const Clock& clock, const Path& progress_file, Milliseconds day)
    : store_(store), clock_(clock), progress_file_(progress_file), day_(day) {
  ReadProgress();
}

void LifecycleWorker::Run(const std::stop_token& stop) {
  const std::int64_t today = clock_.Now().milliseconds / day_.count();
  if (progress_.day == today && progress_.done) return;
  if (progress_.day != today) progress_ = {.day = today};
  for (const auto& bucket : store_.Buckets()) {
    if (bucket->name < progress_.bucket) continue;
    if (bucket->name != progress_.bucket) {
      progress_.bucket = bucket->name;
      progress_.key.clear();
    }
    try {
      if (ConfigurationOf(*bucket, kLifecycleConfiguration) != nullptr) RunBucket(*bucket, stop);
    } catch (const Error& error) {
      // A bucket that was deleted meanwhile, or one that cannot be read, keeps the others from nothing.
      if (store_.FindBucket(bucket->name)) LogError("Lifecycle of bucket {}: {}", bucket->name, error.what());
    }
    if (stop.stop_requested()) return WriteProgress();
  }
  progress_ = {.day = today, .done = true};
  WriteProgress();
}

void LifecycleWorker::RunBucket(const Bucket& bucket, const std::stop_token& stop) {
  Walk walk{bucket, ReadLifecycle(*ConfigurationOf(bucket, kLifecycleConfiguration))};
  if (walk.lifecycle.rules.empty()) return;
  WalkVersions(walk, stop);
  AbortUploads(walk, stop);
  if (walk.deleted + walk.moved + walk.aborted == 0) return;
  LogInfo(
      "Lifecycle of bucket {}: {} objects or versions deleted, {} moved to another storage class, {} uploads "
      "aborted.",
      bucket.name, walk.deleted, walk.moved, walk.aborted);
}

void LifecycleWorker::WalkVersions(Walk& walk, const std::stop_token& stop) {
  VersionQuery query{.key_marker = progress_.key};
  for (bool more = true; more && !stop.stop_requested();) {
    VersionListing page = store_.Versions(walk.bucket.name, query);
    for (ListedVersion& version : page.versions) Take(walk, std::move(version));
    more = page.truncated;
    query.key_marker = page.next_key_marker;
    query.version_marker = page.next_version_marker;
    if (!more) LookAtWaiting(walk, false);
    DeleteEnded(walk);
    if (more) WriteProgress();
  }
}

void LifecycleWorker::Take(Walk& walk, ListedVersion&& version) {
  const bool same_key = walk.waiting && walk.waiting->object.key == version.object.key;
  LookAtWaiting(walk, same_key);
  if (same_key) {
    if (!walk.waiting_is_first) ++walk.newer_noncurrent;
    walk.noncurrent_since = walk.waiting->object.modified;
  } else {
    if (walk.waiting) progress_.key = walk.waiting->object.key;
    walk.newer_noncurrent = 0;
  }
  walk.waiting_is_first = !same_key;
  walk.waiting = std::move(version);
}

void LifecycleWorker::LookAtWaiting(Walk& walk, bool another_follows) {
  if (!walk.waiting) return;
  const auto& [object, latest] = *walk.waiting;
  const VersionInPlace in_place{.object = object,
                                .latest = latest,
                                .only = latest && !another_follows,
                                .noncurrent_since = walk.noncurrent_since,
                                .newer_noncurrent = walk.newer_noncurrent};
  const LifecycleAction action = NextAction(walk.lifecycle, in_place, clock_.Now(), day_);
  switch (action.kind) {
    case LifecycleAction::Kind::kNone:
      return;
    case LifecycleAction::Kind::kTransition:
      return Move(walk, object, action.storage_class);
    case LifecycleAction::Kind::kExpire:
      walk.ended.push_back({object.key, {.written_at = object.modified, .cause = RuleAsCause()}});
      break;
    case LifecycleAction::Kind::kDeleteVersion:
      walk.ended.push_back({object.key,
                            {.version = object.version,
                             .written_at = object.modified,
                             .only_noncurrent = !latest,
                             .cause = RuleAsCause()}});
      break;
  }
  if (walk.ended.size() >= kDeletedAtOnce) DeleteEnded(walk);
}

void LifecycleWorker::Move(Walk& walk, const Object& object, const std::string& storage_class) {
  const auto change = [&](Properties& properties) { SetStorageClass(properties, storage_class); };
  if (store_.Edit(walk.bucket.name, object.key, change, object.version, {kStorageClassChanged, RuleAsCause()}))
    ++walk.moved;
}

void LifecycleWorker::DeleteEnded(Walk& walk) {
  if (walk.ended.empty()) return;
  // What is locked, or was written anew meanwhile, stays.
  for (const Deleted& deleted : store_.DeleteAll(walk.bucket.name, walk.ended)) {
    if (!deleted.error && deleted.found) ++walk.deleted;
  }
  walk.ended.clear();
}

void LifecycleWorker::AbortUploads(Walk& walk, const std::stop_token& stop) {
  UploadQuery query;
  for (bool more = true; more && !stop.stop_requested();) {
    const UploadListing page = store_.Uploads(walk.bucket.name, query);
    for (const Upload& upload : page.uploads) {
      const auto end = AbortOf(walk.lifecycle, upload.key, upload.initiated, day_);
      if (!end || end->time > clock_.Now()) continue;
      if (store_.AbortUpload(walk.bucket.name, upload.key, upload.id)) ++walk.aborted;
    }
    more = page.truncated;
    query.key_marker = page.next_key_marker;
    query.upload_id_marker = page.next_upload_id_marker;
  }
}

void LifecycleWorker::ReadProgress() {
  const auto text = ReadFileIfExists(progress_file_);
  if (!text) return;
  try {
    const Json document = ParseStoredJson(*text, "How far lifecycle rules were followed");
    progress_ = {
        .day = GetInt(document, "Day"), .done = GetBool(document, "Done"), .bucket = GetString(document, "Bucket")};
    FromBase64(GetString(document, "Key"), progress_.key);
  } catch (const Error& error) {
    LogWarning("{}: {} Today's round begins anew.", progress_file_.string(), error.what());
    progress_ = {};
  }
}

void LifecycleWorker::WriteProgress() const {
  WriteFileDurably(progress_file_, sagebrush::ToText(Json(JsonObject{{"Day", progress_.day},
                                                                     {"Done", progress_.done},
                                                                     {"Bucket", progress_.bucket},
                                                                     {"Key", ToBase64(progress_.key)}})));
}

}  // namespace sagebrush::objects
