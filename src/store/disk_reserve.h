#pragma once

#include "base/file.h"

namespace sagebrush::store {

// Space on the database's disk that is set aside while there is enough, and given up when the disk is full: so that
// what was begun can still be recorded as ended, and deleted. For one thread.
class DiskReserve {
 public:
  explicit DiskReserve(const Path& file);

  bool held() const { return held_; }
  // Returns whether it is held: false when the disk has not that much to spare.
  bool Take();
  void Release();

 private:
  FileDescriptor file_;
  bool held_ = false;
};

}  // namespace sagebrush::store
