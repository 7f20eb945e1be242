#pragma once

#include <stop_token>

#include "base/file.h"
#include "objects/lifecycle.h"
#include "objects/object_store.h"

namespace sagebrush::objects {

// Does what the lifecycle rules of buckets say, once a day: ends objects, versions, delete markers and uploads whose
// time is over, and moves objects to other storage classes. Used by one thread.
// It goes through buckets and keys in their order and keeps, in a file, how far it is: who takes over after a crash
// goes on from there. Each step checks once more, in its own commit, that it is still about what was looked at; so
// doing one twice, or beside any write, harms nothing.
class LifecycleWorker {
 public:
  // `day`: how long a day is. What is referred to outlives it.
  LifecycleWorker(ObjectStore& store, const Clock& clock, const Path& progress_file, Milliseconds day);

  // Does what is due and was not yet done today; returns early once a stop is asked for. Throws Error of the store.
  void Run(const std::stop_token& stop);

 private:
  // How far it is: today's round is done with the buckets before `bucket` and, in it, with the keys up to `key`.
  struct Progress {
    std::int64_t day = 0;
    bool done = false;
    std::string bucket, key;
  };
  // One version that waits to be looked at until it is known whether another of its key follows.
  struct Walk {
    const Bucket& bucket;
    Lifecycle lifecycle;
    std::optional<ListedVersion> waiting{};
    bool waiting_is_first = true;  // Of its key.
    Time noncurrent_since{};       // Of `waiting`, unless it is the latest.
    std::int64_t newer_noncurrent = 0;
    std::vector<KeyToDelete> ended{};
    std::size_t deleted = 0, moved = 0, aborted = 0;
  };

  void RunBucket(const Bucket& bucket, const std::stop_token& stop);
  void WalkVersions(Walk& walk, const std::stop_token& stop);
  void Take(Walk& walk, ListedVersion&& version);
  void LookAtWaiting(Walk& walk, bool another_follows);
  void Move(Walk& walk, const Object& object, const std::string& storage_class);
  void DeleteEnded(Walk& walk);
  void AbortUploads(Walk& walk, const std::stop_token& stop);
  void ReadProgress();
  void WriteProgress() const;

  ObjectStore& store_;
  const Clock& clock_;
  const Path progress_file_;
  const Milliseconds day_;
  Progress progress_;
};

}  // namespace sagebrush::objects
