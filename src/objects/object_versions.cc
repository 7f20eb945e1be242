#include "objects/object_versions.h"

#include "objects/errors.h"
#include "objects/object_lock.h"
#include "objects/version_id.h"
#include "objects/write_condition.h"

namespace sagebrush::objects {
namespace {

// Versions that are made within one millisecond have numbers of their own below it.
constexpr int kSequenceBitsBelowMilliseconds = 16;

void CheckSeen(const DeleteOptions& options, const std::optional<IndexedObject>& there) {
  if (options.written_at && there && there->object.modified != *options.written_at) {
    ThrowPreconditionFailed("written at");
  }
}

const Object* ObjectOf(const std::optional<IndexedObject>& indexed) { return indexed ? &indexed->object : nullptr; }

}  // namespace

void ObjectVersions::Put(IndexedObject& indexed, const WriteCondition& condition, std::vector<std::string>& freed) {
  const auto current = tables_.FindObject(bucket_, key_);
  CheckCondition(condition, key_, ObjectOf(current));
  indexed.sequence = NextSequence(current);
  indexed.object.version = NewId(indexed.sequence);
  MakeRoom(current, freed);
  tables_.PutObject(bucket_, indexed);
}

Deleted ObjectVersions::Delete(const DeleteOptions& options, std::vector<std::string>& freed) {
  return options.version.empty() ? DeleteCurrent(options, freed) : DeleteVersion(options, freed);
}

std::optional<Object> ObjectVersions::Edit(const std::string& version, const ObjectStore::PropertiesChange& change) {
  auto indexed = version.empty() ? tables_.FindObject(bucket_, key_) : tables_.FindVersion(bucket_, key_, version);
  if (!indexed) return std::nullopt;
  if (indexed->object.delete_marker) return std::move(indexed->object);
  change(indexed->object.properties);
  tables_.SetAttributes(bucket_, *indexed);
  return std::move(indexed->object);
}

Deleted ObjectVersions::DeleteCurrent(const DeleteOptions& options, std::vector<std::string>& freed) {
  const auto current = tables_.FindObject(bucket_, key_);
  // github.com/localstack/localstack/issues/13894, probed against S3: If-Match of what is not there is NoSuchKey, also
  // of what is behind a delete marker; the other conditions hold.
  if (current || options.condition.if_etag) CheckCondition(options.condition, key_, ObjectOf(current));
  if (options.written_at && !current) return {};  // What was seen is gone.
  CheckSeen(options, current);
  Deleted deleted{.found = current.has_value()};
  if (versioning_ == Versioning::kNever) {
    if (current) Remove(*current, true, false, freed);
    return deleted;
  }
  IndexedObject marker{.sequence = NextSequence(current)};
  marker.object = {.key = key_, .version = NewId(marker.sequence), .delete_marker = true, .modified = now_};
  MakeRoom(current, freed);
  tables_.PutAside(bucket_, marker);
  deleted.version = marker.object.version;
  deleted.delete_marker = true;
  return deleted;
}

Deleted ObjectVersions::DeleteVersion(const DeleteOptions& options, std::vector<std::string>& freed) {
  const auto found = tables_.FindVersion(bucket_, key_, options.version);
  if (found && !found->object.delete_marker) CheckCondition(options.condition, key_, &found->object);
  Deleted deleted{.version = options.version};
  CheckSeen(options, found);
  if (!found) return deleted;
  if (options.only_noncurrent && tables_.FindNewest(bucket_, key_)->sequence == found->sequence) {
    ThrowPreconditionFailed("noncurrent");
  }
  const auto current = tables_.FindObject(bucket_, key_);
  const bool is_current = current && current->sequence == found->sequence;
  Remove(*found, is_current, options.bypass_governance, freed);
  if (!current || is_current) tables_.BringBackNewest(bucket_, key_);
  deleted.found = true;
  deleted.delete_marker = found->object.delete_marker;
  return deleted;
}

void ObjectVersions::MakeRoom(const std::optional<IndexedObject>& current, std::vector<std::string>& freed) {
  if (versioning_ == Versioning::kEnabled) {
    if (current) tables_.SetAside(bucket_, key_);
    return;
  }
  const bool current_is_null = current && current->object.version == kNullVersion;
  if (current_is_null) return Remove(*current, true, false, freed);
  if (versioning_ == Versioning::kNever) return;
  const auto null = tables_.FindVersion(bucket_, key_, kNullVersion);
  if (null) Remove(*null, false, false, freed);
  if (current) tables_.SetAside(bucket_, key_);
}

void ObjectVersions::Remove(const IndexedObject& indexed, bool is_current, bool bypass_governance,
                            std::vector<std::string>& freed) {
  if (IsLocked(indexed.object.properties.lock, now_, bypass_governance)) {
    throw Error(kS3AccessDenied, "Access Denied because object protected by object lock.");
  }
  if (is_current) {
    tables_.DeleteObject(bucket_, key_);
  } else {
    tables_.DeleteAside(bucket_, key_, indexed.sequence);
  }
  if (!indexed.file.empty()) freed.push_back(indexed.file);
}

std::int64_t ObjectVersions::NextSequence(const std::optional<IndexedObject>& current) {
  std::int64_t newest = current ? current->sequence : 0;
  // What stands aside is older than what is current.
  if (!current && versioning_ != Versioning::kNever) newest = tables_.NewestSequenceAside(bucket_, key_);
  return std::max(now_.milliseconds << kSequenceBitsBelowMilliseconds, newest + 1);
}

std::string ObjectVersions::NewId(std::int64_t sequence) const {
  return versioning_ == Versioning::kEnabled ? NewVersionId(sequence) : std::string(kNullVersion);
}

}  // namespace sagebrush::objects
