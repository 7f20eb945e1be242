#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

namespace sagebrush::objects {

// Remembers which extents of which files were found to hold the bytes that were written to them, so that each is read
// for that once and not with every request: until the file's time of change or size is another, a day has passed, or so
// many files are known that it starts anew. Safe to call from any thread.
class VerifiedFiles {
 public:
  explicit VerifiedFiles(const Clock& clock) : clock_(clock) {}

  // `file` is the descriptor of the file called `name`; `extent` counts its parts from 0.
  bool Has(const std::string& name, int file, std::size_t extent);
  void Add(const std::string& name, int file, std::size_t extent);

 private:
  struct State {
    std::int64_t changed_nanoseconds = 0;
    std::int64_t size = 0;
    bool operator==(const State&) const = default;
  };
  struct Entry {
    State state;
    Time since;
    std::vector<bool> extents;
  };
  static State StateOf(int file);

  const Clock& clock_;
  Mutex mutex_;
  std::unordered_map<std::string, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace sagebrush::objects
