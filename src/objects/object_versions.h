#pragma once

#include <string>
#include <vector>

#include "objects/index_tables.h"
#include "objects/object_store.h"

namespace sagebrush::objects {

// The versions of one key, and what writes and deletes make of them. Lives within one change of the index; every call
// checks first and then changes, so one that throws has changed nothing. Of a call that went through, `freed` has the
// files that nothing refers to any more.
class ObjectVersions {
 public:
  ObjectVersions(IndexTables& tables, std::int64_t bucket, const std::string& key, Versioning versioning, Time now)
      : tables_(tables), bucket_(bucket), key_(key), versioning_(versioning), now_(now) {}

  // Makes `indexed` the current version and gives it its id.
  void Put(IndexedObject& indexed, const WriteCondition& condition, std::vector<std::string>& freed);
  Deleted Delete(const DeleteOptions& options, std::vector<std::string>& freed);
  // Changes a version in place. nullopt: no such version.
  std::optional<Object> Edit(const std::string& version, const ObjectStore::PropertiesChange& change);

 private:
  Deleted DeleteVersion(const DeleteOptions& options, std::vector<std::string>& freed);
  Deleted DeleteCurrent(const DeleteOptions& options, std::vector<std::string>& freed);
  // Takes the way for a new current version: an older one steps aside or, where it has the same id, goes.
  void MakeRoom(const std::optional<IndexedObject>& current, std::vector<std::string>& freed);
  // Throws kS3AccessDenied while it is locked.
  void Remove(const IndexedObject& indexed, bool is_current, bool bypass_governance, std::vector<std::string>& freed);
  // Higher than that of every version of the key.
  std::int64_t NextSequence(const std::optional<IndexedObject>& current);
  std::string NewId(std::int64_t sequence) const;

  IndexTables& tables_;
  const std::int64_t bucket_;
  const std::string& key_;
  const Versioning versioning_;
  const Time now_;
};

}  // namespace sagebrush::objects
