#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "reconcile/controller.h"
#include "reconcile/work_queue.h"
#include "store/store.h"

namespace sagebrush::reconcile {

// What became of one kind's reconciles since the start.
struct ReconcileCounts {
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  std::string last_error;  // "name: message" of the last failure; empty: none yet.
};

// Calls the controllers when their resources change, when they asked to, when woken, and once for every resource at
// start. Each kind has a lane of its own, a queue and threads, so that one kind cannot hold another. Safe to call from
// any thread.
class ReconcileLoop {
 public:
  struct Options {
    int threads = 4;  // For each kind. 0: nothing runs but by RunDue.
    // After the first failure of a key; doubles with each further one up to the maximum.
    Seconds backoff_first{0.25};
    Seconds backoff_max{60};
    std::function<Moment()> now = [] { return std::chrono::steady_clock::now(); };
  };
  explicit ReconcileLoop(store::Store& store) : ReconcileLoop(store, Options()) {}
  ReconcileLoop(store::Store& store, Options options);
  ~ReconcileLoop();  // Stops.

  // Before Start. The controller must outlive the loop.
  void Add(Controller& controller);
  // Hands every resource to its controller's Restore. Before Start, if at all.
  void Restore();
  // Follows the store's changes and looks at every resource there is. Call once.
  void Start();
  // Waits for the reconciles that run; none starts afterwards. May be called twice.
  void Stop();

  // Something outside the store may have changed for this key, such as a workload that exited. Does nothing when no
  // controller drives its kind.
  void Wake(const store::Key& key);

  // Reconciles what is due now on the calling thread, and what becomes due by that; returns the number of calls.
  int RunDue();
  std::map<std::string, ReconcileCounts> Counts() const;  // By kind.

 private:
  struct Queue;
  struct Lane {
    Controller* controller;
    std::shared_ptr<Queue> queue;  // Shared with the store's listener, which may be called longer than the loop lives.
    ReconcileCounts counts;        // Guarded by the queue's mutex.
    std::vector<std::thread> threads;
  };

  void Work(Lane& lane);
  void Run(Lane& lane, const store::Key& key);
  void Fail(Lane& lane, const store::Key& key, const std::string& message);
  Moment After(Seconds delay) const;

  store::Store& store_;
  Options options_;
  std::map<std::string, Lane> lanes_;  // By kind; not changed after Start.
};

}  // namespace sagebrush::reconcile
