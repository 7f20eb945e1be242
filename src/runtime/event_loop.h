#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include "base/clock.h"
#include "base/file.h"

namespace sagebrush::runtime {

// Waits for file descriptors of one thread and calls back what is ready. Not thread-safe.
class EventLoop {
 public:
  using Callback = std::function<void(std::uint32_t events)>;

  EventLoop();
  // `events`: EPOLLIN and so on, level-triggered. The descriptor stays the caller's; Forget it before closing it.
  void Watch(int fd, std::uint32_t events, Callback callback);
  // Other events for a descriptor that is watched.
  void Change(int fd, std::uint32_t events);
  void Forget(int fd);
  // Waits until something is ready, or for `wait` at most (negative: for ever), and makes the calls.
  void RunOnce(Milliseconds wait);

 private:
  struct Entry {
    std::uint32_t generation;
    Callback callback;
  };

  FileDescriptor epoll_;
  std::uint32_t generation_ = 0;
  std::unordered_map<int, Entry> entries_;
};

}  // namespace sagebrush::runtime
