#include "reconcile/chores.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <limits>
#include <utility>

#include "base/log.h"

namespace sagebrush::reconcile {

struct Chores::Chore {
  std::string id;
  store::Key key;
  ChoreLane lane;
  bool is_left;  // Nobody asks for its outcome.
  Work work;     // Of the thread that runs it.
  std::stop_source stop;
  // Below: guarded by mutex_.
  bool begun = false;
  std::shared_ptr<const ChoreOutcome> outcome;
};

namespace {

// What the calling thread, which works for `lane`, leaves to others.
void StandBack(const ChoreLane& lane) {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), lane.niceness);
  cpu_set_t processors;
  if (!lane.leaves_processor || ::sched_getaffinity(::getpid(), sizeof processors, &processors) != 0) return;
  if (CPU_COUNT(&processors) < 2) return;
  int first = 0;
  while (!CPU_ISSET(first, &processors)) ++first;
  CPU_CLR(first, &processors);
  ::sched_setaffinity(0, sizeof processors, &processors);
}

}  // namespace

Chores::~Chores() { Stop(); }

std::shared_ptr<const ChoreOutcome> Chores::Do(const ChoreLane& lane, const std::string& id, const store::Key& key,
                                               Work work) {
  return Begin(lane, std::make_shared<Chore>(Chore{id, key, lane, false, std::move(work), {}}));
}

void Chores::Leave(const ChoreLane& lane, const std::string& id, const store::Key& key, Work work) {
  Begin(lane, std::make_shared<Chore>(Chore{id, key, lane, true, std::move(work), {}}));
}

std::shared_ptr<const ChoreOutcome> Chores::Begin(const ChoreLane& lane, std::shared_ptr<Chore> chore) {
  const MutexLock lock(mutex_);
  const auto [known, is_new] = chores_.try_emplace(chore->id, chore);
  if (!is_new) return known->second->outcome;
  if (stopping_) {
    chores_.erase(known);
  } else if (threads_ == Threads::kNone) {
    waiting_.push_back(std::move(chore));
  } else {
    PoolOf(lane).Submit([this, chore = std::move(chore)] { Run(chore); });
  }
  return nullptr;
}

bool Chores::Knows(const std::string& id) const {
  const MutexLock lock(mutex_);
  return chores_.contains(id);
}

bool Chores::Forget(const std::string& id) {
  std::shared_ptr<Chore> chore;
  bool runs = false;
  {
    const MutexLock lock(mutex_);
    const auto known = chores_.find(id);
    if (known == chores_.end()) return true;
    chore = known->second;
    runs = chore->begun && chore->outcome == nullptr;
    // Whoever waits behind a long line is gone at once; a thread that comes to it later finds it stopped.
    if (!runs) chores_.erase(known);
  }
  chore->stop.request_stop();
  return !runs;
}

bool Chores::ForgetAll(const std::string& prefix, const std::string& except) {
  std::vector<std::string> ids;
  {
    const MutexLock lock(mutex_);
    for (auto it = chores_.lower_bound(prefix); it != chores_.end() && it->first.starts_with(prefix); ++it) {
      if (except.empty() || !it->first.starts_with(except)) ids.push_back(it->first);
    }
  }
  bool none_left = true;
  for (const std::string& id : ids) none_left = Forget(id) && none_left;
  return none_left;
}

void Chores::Listen(std::function<void(const store::Key&)> listener) {
  const MutexLock lock(mutex_);
  listeners_.push_back(std::move(listener));
}

void Chores::Stop() {
  std::vector<std::shared_ptr<Chore>> all;
  std::map<std::string, std::unique_ptr<WorkerPool>, std::less<>> lanes;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    for (const auto& [id, chore] : chores_) all.push_back(chore);
    lanes.swap(lanes_);
  }
  for (const auto& chore : all) chore->stop.request_stop();
  lanes.clear();  // Joins. Chores that had not begun see that they are stopped.
}

bool Chores::RunOne() {
  std::shared_ptr<Chore> chore;
  {
    const MutexLock lock(mutex_);
    if (waiting_.empty()) return false;
    chore = std::move(waiting_.front());
    waiting_.pop_front();
  }
  Run(chore);
  return true;
}

void Chores::Run(const std::shared_ptr<Chore>& chore) {
  {
    const MutexLock lock(mutex_);
    if (chore->stop.stop_requested()) return;  // Forgotten before it began.
    chore->begun = true;
  }
  if (threads_ != Threads::kNone) StandBack(chore->lane);
  auto outcome = std::make_shared<ChoreOutcome>();
  try {
    outcome->result = chore->work(chore->stop.get_token());
  } catch (const Error& error) {
    outcome->failure = error.kind();
    outcome->message = error.what();
  } catch (const std::exception& error) {
    outcome->failure = kInternalFailure;
    outcome->message = error.what();
  }
  chore->work = nullptr;
  std::vector<std::function<void(const store::Key&)>> listeners;
  {
    const MutexLock lock(mutex_);
    if (chore->is_left && outcome->failure) LogWarning("{} failed: {}", chore->id, outcome->message);
    if (chore->is_left || chore->stop.stop_requested()) {  // What was stopped is half done: nothing to go on from.
      chores_.erase(chore->id);
    } else {
      chore->outcome = std::move(outcome);
    }
    if (!stopping_) listeners = listeners_;
  }
  for (const auto& listener : listeners) listener(chore->key);
}

WorkerPool& Chores::PoolOf(const ChoreLane& lane) {
  auto& pool = lanes_[std::string(lane.name)];
  if (!pool) pool = std::make_unique<WorkerPool>(lane.threads_max, std::numeric_limits<std::size_t>::max());
  return *pool;
}

}  // namespace sagebrush::reconcile
