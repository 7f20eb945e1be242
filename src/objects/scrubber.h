#pragma once

#include <atomic>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "objects/object_store.h"

namespace sagebrush::objects {

// A version whose stored bytes are not those that were written.
struct DamagedVersion {
  std::string bucket, key, version;
  std::string what;
  Time found;
};

// Reads all that is stored, slowly and over and over, so that a disk that loses bits is noticed while there is still a
// backup: a round a week, or as long as one takes. What it finds is logged once a round, kept in a file with how far it
// is, so that the next server goes on from there, and told by `doctor`. Used by one thread, Damaged by any.
class Scrubber {
 public:
  struct Options {
    std::uint64_t bytes_per_second = 16 << 20;  // 0: as fast as it can.
    Milliseconds round = std::chrono::hours(7 * 24);
  };
  // What is referred to outlives it.
  Scrubber(const ObjectStore& store, const Clock& clock, const Path& progress_file, Options options);
  Scrubber(const ObjectStore& store, const Clock& clock, const Path& progress_file)
      : Scrubber(store, clock, progress_file, Options()) {}

  // Goes on with the round, if one is due, until it is done or a stop is asked for.
  void Run(const std::stop_token& stop);
  // How many versions the last round, or this one, found damaged.
  std::size_t Damaged() const { return damaged_count_; }

 private:
  // Of the round that began at `begun`: the buckets before `bucket` are done and, in it, the keys up to `key`.
  struct Progress {
    Time begun;
    bool done = true;
    std::string bucket, key;
    std::vector<DamagedVersion> damaged;
  };
  void ScrubBucket(const std::string& bucket, const std::stop_token& stop);
  void ScrubVersion(const std::string& bucket, const Object& object, const std::stop_token& stop);
  void Pace(std::size_t bytes, const std::stop_token& stop);
  void ReadProgress();
  void WriteProgress() const;

  const ObjectStore& store_;
  const Clock& clock_;
  const Path progress_file_;
  const Options options_;
  Progress progress_;
  std::uint64_t unpaced_bytes_ = 0;
  std::atomic<std::size_t> damaged_count_ = 0;
};

// What the scrubber with that file has found. Empty as well when it cannot be read.
std::vector<DamagedVersion> ReadDamaged(const Path& progress_file);

}  // namespace sagebrush::objects
