#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "objects/index_tables.h"
#include "objects/object_files.h"

namespace sagebrush::objects {

// Something in a store that is not as it should be.
struct StoreFinding {
  std::string what;  // A sentence: which object or file, and what is wrong.
  std::string done;  // How it was repaired; empty: it was not.
};

struct StoreReport {
  std::uint64_t objects = 0;  // Versions and parts that were looked at.
  std::uint64_t bytes = 0;    // Of theirs that were read.
  std::vector<StoreFinding> findings;
};

// Looks through the files of a LocalObjectStore, which no server needs to run for: whether each object's bytes are
// those that were written, whether each row has its file and each file its row, and whether the rows fit together.
// Beside a running server it only reads. It never deletes what might be somebody's data: what it takes away it puts
// into <directory>/lost+found, rows as lines of rows.jsonl.
class StoreCheck {
 public:
  enum class Mode { kLook, kRepair };  // kRepair: nobody else has the store open.

  // Throws Error when there is no store in `directory`, or its index cannot be read at all.
  StoreCheck(const Path& directory, Mode mode);

  // `tell` gets each finding at once.
  StoreReport Run(const std::function<void(const StoreFinding&)>& tell);

 private:
  // A row that has no file.
  struct Lost {
    std::int64_t bucket = 0;
    IndexedObject indexed;
    bool current = false;
  };
  // The versions of one key as they come, the newest first.
  struct Key {
    std::int64_t bucket = 0;
    std::string name;
    bool has_current = false;
    bool newest_aside_is_object = false;
  };

  void CheckDatabase();
  void CheckVersions();
  void CheckVersion(std::int64_t bucket, const IndexedObject& indexed);
  void EndKey(const Key& key);
  void CheckParts();
  void CheckFiles();
  // What is wrong with the stored bytes; empty: nothing.
  std::string Damage(const IndexedObject& indexed);
  bool IsPending(const std::string& file) const;  // Its bytes are in the journal: the next start writes them.
  void TakeRowAway(const Lost& lost);
  void MoveAside(const std::string& file);
  void Report(std::string what, const std::function<void()>& repair = {}, std::string done = {});
  std::string NameOf(std::int64_t bucket, const Object& object);

  const Path directory_;
  const Mode mode_;
  ObjectFiles files_;
  IndexTables tables_;
  std::map<std::int64_t, std::string> buckets_;
  std::unordered_set<std::string> journalled_;
  std::vector<std::uint64_t> known_files_;  // The beginnings of their names.
  std::vector<Lost> lost_;
  std::vector<Key> without_current_;
  StoreReport report_;
  std::function<void(const StoreFinding&)> tell_;
};

}  // namespace sagebrush::objects
