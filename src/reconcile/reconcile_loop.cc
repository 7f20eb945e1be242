#include "reconcile/reconcile_loop.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/mutex.h"

namespace sagebrush::reconcile {

struct ReconcileLoop::Queue {
  Mutex mutex;
  std::condition_variable changed;
  WorkQueue keys GUARDED_BY(mutex);
  bool stopping GUARDED_BY(mutex) = false;

  void Add(const store::Key& key, Moment due) {
    {
      const MutexLock lock(mutex);
      if (stopping) return;
      keys.Add(key, due);
    }
    changed.notify_one();
  }
};

ReconcileLoop::ReconcileLoop(store::Store& store, Options options) : store_(store), options_(std::move(options)) {}

ReconcileLoop::~ReconcileLoop() { Stop(); }

void ReconcileLoop::Add(Controller& controller) {
  lanes_.emplace(controller.Kind(), Lane{&controller, std::make_shared<Queue>(), {}, {}});
}

void ReconcileLoop::Restore() {
  for (const auto& [kind, lane] : lanes_) {
    for (const auto& resource : store_.All(kind)) {
      try {
        lane.controller->Restore(*resource);
      } catch (const std::exception& error) {  // What another version wrote, say: no reason not to start.
        LogWarning("{} {} could not be taken up again: {}", kind, resource->key.name, error.what());
      }
    }
  }
}

void ReconcileLoop::Start() {
  std::map<std::string, std::shared_ptr<Queue>> queues;
  for (const auto& [kind, lane] : lanes_) queues.emplace(kind, lane.queue);
  store_.Subscribe([queues, now = options_.now](const store::Change& change) {
    const auto queue = queues.find(change.key().kind);
    if (queue != queues.end()) queue->second->Add(change.key(), now());
  });
  for (auto& [kind, lane] : lanes_) {
    for (const auto& resource : store_.All(kind)) lane.queue->Add(resource->key, options_.now());
    for (int i = 0; i < options_.threads; ++i) lane.threads.emplace_back([this, &lane] { Work(lane); });
  }
}

void ReconcileLoop::Stop() {
  for (auto& [kind, lane] : lanes_) {
    {
      const MutexLock lock(lane.queue->mutex);
      lane.queue->stopping = true;
    }
    lane.queue->changed.notify_all();
  }
  for (auto& [kind, lane] : lanes_) {
    for (std::thread& thread : lane.threads) thread.join();
    lane.threads.clear();
  }
}

void ReconcileLoop::Wake(const store::Key& key) {
  const auto lane = lanes_.find(key.kind);
  if (lane != lanes_.end()) lane->second.queue->Add(key, options_.now());
}

void ReconcileLoop::Work(Lane& lane) {
  Queue& queue = *lane.queue;
  for (;;) {
    std::optional<store::Key> key;
    {
      MutexLock lock(queue.mutex);
      while (!queue.stopping && !(key = queue.keys.Take(options_.now()))) {
        const std::optional<Moment> due = queue.keys.NextDue();
        if (due) {
          lock.WaitUntil(queue.changed, *due);
        } else {
          lock.Wait(queue.changed);
        }
      }
    }
    if (!key) return;
    Run(lane, *key);
  }
}

int ReconcileLoop::RunDue() {
  int count = 0;
  for (bool any = true; any;) {
    any = false;
    for (auto& [kind, lane] : lanes_) {
      std::optional<store::Key> key;
      {
        const MutexLock lock(lane.queue->mutex);
        if (!lane.queue->stopping) key = lane.queue->keys.Take(options_.now());
      }
      if (!key) continue;
      Run(lane, *key);
      ++count;
      any = true;
    }
  }
  return count;
}

void ReconcileLoop::Run(Lane& lane, const store::Key& key) {
  Queue& queue = *lane.queue;
  try {
    const std::optional<Seconds> again = lane.controller->Reconcile(key);
    const MutexLock lock(queue.mutex);
    ++lane.counts.calls;
    queue.keys.Finish(key, again ? std::optional(After(*again)) : std::nullopt);
  } catch (const std::exception& error) {
    Fail(lane, key, error.what());
  }
  // This key may be due again, at a time that the waiting threads do not know of.
  queue.changed.notify_one();
}

void ReconcileLoop::Fail(Lane& lane, const store::Key& key, const std::string& message) {
  WorkQueue& keys = lane.queue->keys;
  Seconds delay{};
  {
    const MutexLock lock(lane.queue->mutex);
    ++lane.counts.calls;
    ++lane.counts.failures;
    lane.counts.last_error = key.name + ": " + message;
    const double factor = std::exp2(std::min(keys.FailuresOf(key), 60));
    delay = std::min(options_.backoff_first * factor, options_.backoff_max);
    keys.FinishFailed(key, After(delay));
  }
  LogWarning("{} {} (account {}, {}) could not be brought further: {}. Trying again in {:.1f} s.", key.kind, key.name,
             key.account, key.region.empty() ? "global" : key.region, message, delay.count());
}

Moment ReconcileLoop::After(Seconds delay) const {
  // A day at most: longer would overflow for "never"-like values, and looking once a day costs nothing.
  const Seconds bounded = std::clamp(delay, Seconds(0), Seconds(86'400));
  return options_.now() + std::chrono::duration_cast<Moment::duration>(bounded);
}

std::map<std::string, ReconcileCounts> ReconcileLoop::Counts() const {
  std::map<std::string, ReconcileCounts> counts;
  for (const auto& [kind, lane] : lanes_) {
    const MutexLock lock(lane.queue->mutex);
    counts.emplace(kind, lane.counts);
  }
  return counts;
}

}  // namespace sagebrush::reconcile
