#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "runtime/instance_types.h"

namespace sagebrush::runtime {

// The part of a machine that a workload may use.
struct Room {
  double cpus = 0;
  std::int64_t memory_bytes = 0;
  int gpus = 0;  // NVIDIA.
};

// What this machine has for workloads: its CPUs (or this process's cgroup's share of them), its GPUs, and its memory,
// less a reserve for the server.
Room RoomOfThisMachine();

struct CapacityPolicy {
  // Shares of the machine that can be promised. CPU is shared out by the scheduler, so more of it can be promised than
  // there is; memory and GPUs cannot.
  double cpu_overcommit = 4;
  // The most of the machine's memory that one instance gets, so that an endpoint leaves room for a job beside it.
  double instance_memory_share_max = 0.5;
  // How many claims may go before one that waits, whether or not they leave room for it.
  int overtakes_max = 16;
};

// What one instance of a type gets on this machine.
struct InstanceOffer {
  Room room;
  std::string notice;  // That it is less than AWS gives; empty when it is not.
};

// What an owner (a job, an endpoint) asks for: room for all of its instances, or none.
struct Claim {
  std::map<std::string, std::int64_t> instances;  // How many of each type.
  std::string order;                              // Its place in line: a creation time, say; lower first.
  bool lasting = false;  // It is held until someone lets go of it, as an endpoint does; else until what runs has ended.
};

struct Reservation {
  enum class Answer {
    kGiven,
    kWait,   // In line now. Ask again when told, and now and then.
    kNever,  // More than the machine has even when it is empty.
  };
  Answer answer = Answer::kGiven;
  std::string message;  // Unless kGiven: why not, with what is free, for a StatusMessage or FailureReason.
};

// Shares the machine's CPUs, memory and GPUs out. Whoever finds no room waits in line:
// - A claim that fits beside those ahead of it that fit is served unless that would be unfair to one that does not.
// - One ahead that fits only once something lasting is let go (an endpoint deleted) holds nobody back.
// - Any other may be overtaken by `overtakes_max` claims that are not lasting. Later ones, and lasting ones from the
//   first on, go before it only when they fit beside it: so that it is served at the latest when all that ran at that
//   moment has ended, and small claims that fit beside it go on meanwhile.
// Safe to call from any thread. Holds nothing durable: after a restart, call Restore for what runs, then Queue for what
// shall, before anything calls TryReserve.
class Capacity {
 public:
  explicit Capacity(Room machine, CapacityPolicy policy = {}) : machine_(machine), policy_(policy) {}

  // Room for the whole claim. An owner that holds room already keeps at least that: what replaces its instances one by
  // one takes their room over. May be repeated; a claim in line changes with it, and keeps its place while `order` is
  // the same. Throws Error(kValidation) for an instance type that is not known.
  Reservation TryReserve(const std::string& owner, const Claim& claim);
  // The owner needs what `claim` says now, no more than that; it waits for nothing. Never fails: what runs, runs. Also
  // how room is taken up again after a restart.
  void Hold(const std::string& owner, const Claim& claim);
  // `owner`, which will call TryReserve with the same claim, is in line from now on.
  void Queue(const std::string& owner, const Claim& claim);
  // The owner waits for nothing any more; what it holds it keeps. Does nothing for one that does not wait.
  void Withdraw(const std::string& owner);
  // The owner needs its room no more, and waits for none. Does nothing for an unknown owner.
  void Release(const std::string& owner);

  InstanceOffer Offer(const std::string& instance_type) const;

  // `listener(owner)` is called for those in line who should ask again, on the thread that let go of room.
  void Listen(std::function<void(const std::string& owner)> listener);

  Room machine() const { return machine_; }
  Room free() const;

 private:
  using Place = std::pair<std::string, std::string>;  // order, owner
  struct Holding {
    Room room;
    bool lasting = false;
  };
  struct Waiting {
    Holding wants;
    int overtaken = 0;
    std::set<std::string> beside;  // Who went before it after it could not be overtaken any more.
  };

  Room All() const { return {machine_.cpus * policy_.cpu_overcommit, machine_.memory_bytes, machine_.gpus}; }
  Room Free() const REQUIRES(mutex_);
  Room SizeOf(const Claim& claim) const;
  Room HeldBy(const std::string& owner) const REQUIRES(mutex_);
  bool Fits(const std::string& owner, const Room& wants, const Room& free) const REQUIRES(mutex_);
  bool MayGo(const Place& place, const Holding& wants) const REQUIRES(mutex_);
  // Whether the one in line could be served beside all that lasts, those that went before it, and `other`.
  bool FitsBeside(const std::string& owner, const Waiting& waiting, const std::string& other, const Room& wants) const
      REQUIRES(mutex_);
  void Give(const Place& place, const Holding& wants) REQUIRES(mutex_);
  void Leave(const std::string& owner) REQUIRES(mutex_);
  // What is free for who stands there once those ahead who can be served now are; these are added to `served`.
  Room LeftBehind(const Place& place, std::vector<std::string>* served = nullptr) const REQUIRES(mutex_);
  std::vector<std::string> WhoShouldAsk() const REQUIRES(mutex_);
  // Calls the listeners, without mutex_.
  void Tell(const std::vector<std::string>& owners);
  std::string WhyWait(const Claim& claim, const Room& wants, std::size_t ahead) const REQUIRES(mutex_);
  std::string WhyNever(const Claim& claim, const Room& wants) const REQUIRES(mutex_);

  const Room machine_;
  const CapacityPolicy policy_;
  mutable Mutex mutex_;
  std::map<std::string, Holding> held_ GUARDED_BY(mutex_);  // By owner.
  std::map<Place, Waiting> line_ GUARDED_BY(mutex_);
  std::map<std::string, Place> places_ GUARDED_BY(mutex_);
  std::vector<std::function<void(const std::string&)>> listeners_ GUARDED_BY(mutex_);
};

}  // namespace sagebrush::runtime
