#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace sagebrush {

// Threads for work that blocks, made when first needed. Safe to use from any thread.
class WorkerPool {
 public:
  WorkerPool(std::size_t threads_max, std::size_t queue_max);
  ~WorkerPool() { Join(); }

  // False, and `work` is dropped, when `queue_max` pieces already wait or Join was called. Work must not throw.
  bool Submit(std::function<void()> work);
  // Waits for what was submitted. Nothing can be submitted any more.
  void Join();

 private:
  void Loop();

  const std::size_t threads_max_;
  const std::size_t queue_max_;
  Mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_ GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ GUARDED_BY(mutex_);
  std::size_t idle_ GUARDED_BY(mutex_) = 0;
  bool joining_ GUARDED_BY(mutex_) = false;
};

}  // namespace sagebrush
