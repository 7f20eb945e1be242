#pragma once

#include <exception>

namespace sagebrush {

// What a thread that may not wait meets when it would have to: nothing has been done, and another thread may do it.
class MustWait : public std::exception {
 public:
  const char* what() const noexcept override { return "This has to wait for the disk."; }
};

// While one lives, its thread answers from memory only: an event loop that serves many connections must not wait for
// the disk. What would read it says so with Check.
class MemoryOnly {
 public:
  MemoryOnly() { ++Depth(); }
  ~MemoryOnly() { --Depth(); }
  MemoryOnly(const MemoryOnly&) = delete;
  MemoryOnly& operator=(const MemoryOnly&) = delete;

  // Whether one lives.
  static bool Applies() { return Depth() > 0; }
  // Throws MustWait where one lives.
  static void Check() {
    if (Applies()) throw MustWait();
  }

 private:
  static int& Depth() {
    thread_local int depth = 0;
    return depth;
  }
};

}  // namespace sagebrush
