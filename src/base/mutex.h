#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <stop_token>
#include <utility>

// Says which lock guards a member, and which a function needs; -Wthread-safety checks it
// (clang.llvm.org/docs/ThreadSafetyAnalysis.html). libstdc++'s own locks are not annotated, so these are used instead.
// A lambda that is called under a lock says so: [&]() REQUIRES(mutex_) {...}.
#if defined(__clang__)
#define SAGEBRUSH_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define SAGEBRUSH_THREAD_ANNOTATION(x)
#endif
#define GUARDED_BY(mutex) SAGEBRUSH_THREAD_ANNOTATION(guarded_by(mutex))
// For a function that does with locks what the analysis cannot follow; it says what.
#define NO_THREAD_SAFETY_ANALYSIS SAGEBRUSH_THREAD_ANNOTATION(no_thread_safety_analysis)
#define REQUIRES(...) SAGEBRUSH_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))

namespace sagebrush {

class SAGEBRUSH_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

// Holds a Mutex while it lives.
class SAGEBRUSH_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) SAGEBRUSH_THREAD_ANNOTATION(acquire_capability(mutex)) : lock_(mutex.mutex_) {}
  ~MutexLock() SAGEBRUSH_THREAD_ANNOTATION(release_capability()) = default;
  MutexLock(const MutexLock&) = delete;

  void Unlock() SAGEBRUSH_THREAD_ANNOTATION(release_capability()) { lock_.unlock(); }
  void Lock() SAGEBRUSH_THREAD_ANNOTATION(acquire_capability()) { lock_.lock(); }

  // Lets go while it waits.
  void Wait(std::condition_variable& changed) { changed.wait(lock_); }
  template <typename Condition>
  void Wait(std::condition_variable& changed, Condition holds) {
    changed.wait(lock_, std::move(holds));
  }
  // Until a stop is asked for at the latest.
  template <typename Condition>
  void Wait(std::condition_variable_any& changed, const std::stop_token& stop, Condition holds) {
    changed.wait(lock_, stop, std::move(holds));
  }
  template <typename Duration, typename Condition>
  void WaitFor(std::condition_variable_any& changed, const std::stop_token& stop, Duration time, Condition holds) {
    changed.wait_for(lock_, stop, time, std::move(holds));
  }
  template <typename Moment>
  void WaitUntil(std::condition_variable& changed, Moment moment) {
    changed.wait_until(lock_, moment);
  }
  // Whether the condition holds when it returns, after `time` at the latest.
  template <typename Duration, typename Condition>
  bool WaitFor(std::condition_variable& changed, Duration time, Condition holds) {
    return changed.wait_for(lock_, time, std::move(holds));
  }

 private:
  std::unique_lock<std::mutex> lock_;
};

class SAGEBRUSH_THREAD_ANNOTATION(capability("shared mutex")) SharedMutex {
 public:
  SharedMutex() = default;
  SharedMutex(const SharedMutex&) = delete;

 private:
  friend class ReaderLock;
  friend class WriterLock;
  std::shared_mutex mutex_;
};

class SAGEBRUSH_THREAD_ANNOTATION(scoped_lockable) ReaderLock {
 public:
  explicit ReaderLock(SharedMutex& mutex) SAGEBRUSH_THREAD_ANNOTATION(acquire_shared_capability(mutex))
      : lock_(mutex.mutex_) {}
  ~ReaderLock() SAGEBRUSH_THREAD_ANNOTATION(release_generic_capability()) = default;
  ReaderLock(const ReaderLock&) = delete;

 private:
  std::shared_lock<std::shared_mutex> lock_;
};

class SAGEBRUSH_THREAD_ANNOTATION(scoped_lockable) WriterLock {
 public:
  explicit WriterLock(SharedMutex& mutex) SAGEBRUSH_THREAD_ANNOTATION(acquire_capability(mutex))
      : lock_(mutex.mutex_) {}
  ~WriterLock() SAGEBRUSH_THREAD_ANNOTATION(release_capability()) = default;
  WriterLock(const WriterLock&) = delete;

 private:
  std::unique_lock<std::shared_mutex> lock_;
};

}  // namespace sagebrush
