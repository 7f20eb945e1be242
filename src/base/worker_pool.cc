#include "base/worker_pool.h"

#include <utility>

namespace sagebrush {

WorkerPool::WorkerPool(std::size_t threads_max, std::size_t queue_max)
    : threads_max_(threads_max), queue_max_(queue_max) {}

bool WorkerPool::Submit(std::function<void()> work) {
  {
    const MutexLock lock(mutex_);
    if (joining_ || queue_.size() >= queue_max_) return false;
    queue_.push_back(std::move(work));
    if (queue_.size() > idle_ && threads_.size() < threads_max_) threads_.emplace_back([this] { Loop(); });
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::Loop() {
  MutexLock lock(mutex_);
  while (true) {
    ++idle_;
    lock.Wait(changed_, [this]() REQUIRES(mutex_) { return joining_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    {
      const auto work = std::move(queue_.front());
      queue_.pop_front();
      lock.Unlock();
      work();
    }
    lock.Lock();
  }
}

void WorkerPool::Join() {
  std::vector<std::thread> threads;
  {
    const MutexLock lock(mutex_);
    joining_ = true;
    threads.swap(threads_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace sagebrush
