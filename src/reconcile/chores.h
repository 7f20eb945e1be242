#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/mutex.h"
#include "base/worker_pool.h"
#include "store/store.h"

namespace sagebrush::reconcile {

// How a chore ended.
struct ChoreOutcome {
  Json result;                       // What the work returned.
  std::optional<ErrorKind> failure;  // It threw: the kind of the Error, kInternalFailure for what was none ...
  std::string message;               // ... and what it said.
};

// Chores of one lane wait for each other, never for those of another lane.
struct ChoreLane {
  std::string_view name;
  std::size_t threads_max = 4;
  int niceness = 10;  // Of its threads: those who answer requests and reconcile go first.
  // Its threads keep off one of the processors, if there are several. Niceness alone does not do: between programs of
  // several control groups, or sessions, the kernel does not look at it.
  bool leaves_processor = false;
};

// Does what takes longer than a reconcile may (50 ms): archives, uploads, downloads. The controller asks with Do until
// there is an outcome, takes its next step, and then calls Forget; it is woken when a chore of its key has ended.
// Nothing here outlives the process. After a restart the controller finds the chore unknown and begins it once more, so
// work must be safe to repeat from any point where it can be cut off. Safe to call from any thread.
class Chores {
 public:
  // Returns soon, in whatever way, once `stop` is requested: a server that ends waits a second for it, not longer. What
  // it returns or throws then is nobody's business any more.
  using Work = std::function<Json(std::stop_token stop)>;

  enum class Threads { kAsNeeded, kNone };  // kNone: nothing runs but by RunOne, for tests.
  explicit Chores(Threads threads = Threads::kAsNeeded) : threads_(threads) {}
  ~Chores();  // Stops.

  // Begins `work` unless a chore with this id is known. Its outcome; nullptr while it waits or runs.
  std::shared_ptr<const ChoreOutcome> Do(const ChoreLane& lane, const std::string& id, const store::Key& key,
                                         Work work);
  // As Do, for work whose outcome nobody asks for: when it has ended it is forgotten, and a failure is logged.
  void Leave(const ChoreLane& lane, const std::string& id, const store::Key& key, Work work);
  // True: it was begun and not forgotten.
  bool Knows(const std::string& id) const;
  // Stops the chore where it is and forgets its outcome; does nothing for an unknown id. False: it still runs, so what
  // it works on is not to be touched; its key is woken when it has ended, and then this returns true.
  bool Forget(const std::string& id);

  // As Forget, for each chore whose id starts with `prefix` but not with `except` (unless that is empty). True: none of
  // them is left.
  bool ForgetAll(const std::string& prefix, const std::string& except = "");

  // `listener(key)` is called after a chore of that key has ended, on the thread that ran it.
  void Listen(std::function<void(const store::Key& key)> listener);

  // Stops all chores and waits for those that run; none ends with an outcome or begins any more. May be called twice.
  void Stop();

  // Runs the chore that waits longest on the calling thread. False: none waits.
  bool RunOne();

 private:
  struct Chore;

  std::shared_ptr<const ChoreOutcome> Begin(const ChoreLane& lane, std::shared_ptr<Chore> chore);
  void Run(const std::shared_ptr<Chore>& chore);
  WorkerPool& PoolOf(const ChoreLane& lane) REQUIRES(mutex_);

  const Threads threads_;
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<Chore>, std::less<>> chores_ GUARDED_BY(mutex_);
  std::map<std::string, std::unique_ptr<WorkerPool>, std::less<>> lanes_ GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<Chore>> waiting_ GUARDED_BY(mutex_);  // For RunOne.
  std::vector<std::function<void(const store::Key&)>> listeners_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace sagebrush::reconcile
