#include "reconcile/reconcile_loop.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/log.h"

namespace sagebrush::reconcile {

struct ReconcileLoop::Queue {
  std::mutex mutex;
  std::condition_variable changed;
  WorkQueue keys;         // Guarded by mutex.
  bool stopping = false;  // Guarded by mutex.

  void Add(const store::Key& key, Moment due) {
    {
      const std::lock_guard lock(mutex);
      if (stopping) return;
      keys.Add(key, due);
    }
    changed.notify_one();
  }
};

ReconcileLoop::ReconcileLoop(store::Store& store, Options options)
    : store_(store), options_(std::move(options)), queue_(std::make_shared<Queue>()) {}

ReconcileLoop::~ReconcileLoop() { Stop(); }

void ReconcileLoop::Add(Controller& controller) { driven_.emplace(controller.Kind(), Driven{&controller, {}}); }

void ReconcileLoop::Start() {
  std::set<std::string> kinds;
  for (const auto& [kind, driven] : driven_) kinds.insert(kind);
  store_.Subscribe([queue = queue_, kinds, now = options_.now](const store::Change& change) {
    if (kinds.contains(change.key.kind)) queue->Add(change.key, now());
  });
  for (const std::string& kind : kinds) {
    for (const auto& resource : store_.All(kind)) queue_->Add(resource->key, options_.now());
  }
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Work(); });
}

void ReconcileLoop::Stop() {
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->stopping = true;
  }
  queue_->changed.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void ReconcileLoop::Wake(const store::Key& key) {
  if (driven_.contains(key.kind)) queue_->Add(key, options_.now());
}

void ReconcileLoop::Work() {
  for (;;) {
    std::optional<store::Key> key;
    {
      std::unique_lock lock(queue_->mutex);
      while (!queue_->stopping && !(key = queue_->keys.Take(options_.now()))) {
        const std::optional<Moment> due = queue_->keys.NextDue();
        if (due) {
          queue_->changed.wait_until(lock, *due);
        } else {
          queue_->changed.wait(lock);
        }
      }
    }
    if (!key) return;
    Run(*key);
  }
}

int ReconcileLoop::RunDue() {
  for (int count = 0;; ++count) {
    std::optional<store::Key> key;
    {
      const std::lock_guard lock(queue_->mutex);
      if (!queue_->stopping) key = queue_->keys.Take(options_.now());
    }
    if (!key) return count;
    Run(*key);
  }
}

void ReconcileLoop::Run(const store::Key& key) {
  Driven& driven = driven_.at(key.kind);
  try {
    const std::optional<Seconds> again = driven.controller->Reconcile(key);
    const std::lock_guard lock(queue_->mutex);
    ++driven.counts.calls;
    queue_->keys.Finish(key, again ? std::optional(After(*again)) : std::nullopt);
  } catch (const std::exception& error) {
    Fail(key, driven, error.what());
  }
  // This key may be due again, at a time that the waiting threads do not know of.
  queue_->changed.notify_one();
}

void ReconcileLoop::Fail(const store::Key& key, Driven& driven, const std::string& message) {
  Seconds delay{};
  {
    const std::lock_guard lock(queue_->mutex);
    ++driven.counts.calls;
    ++driven.counts.failures;
    driven.counts.last_error = key.name + ": " + message;
    const double factor = std::exp2(std::min(queue_->keys.FailuresOf(key), 60));
    delay = std::min(options_.backoff_first * factor, options_.backoff_max);
    queue_->keys.FinishFailed(key, After(delay));
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
  const std::lock_guard lock(queue_->mutex);
  std::map<std::string, ReconcileCounts> counts;
  for (const auto& [kind, driven] : driven_) counts.emplace(kind, driven.counts);
  return counts;
}

}  // namespace sagebrush::reconcile
