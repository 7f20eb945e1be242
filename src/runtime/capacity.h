#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/instance_types.h"

namespace sagebrush::runtime {

// The part of a machine that a workload may use.
struct Room {
  double cpus = 0;
  std::int64_t memory_bytes = 0;
};

// What this machine has for workloads: its CPUs (or this process's cgroup's share of them) and its memory, less a
// reserve for the server.
Room RoomOfThisMachine();

struct CapacityPolicy {
  // Shares of the machine that can be promised. CPU is shared out by the scheduler, so more of it can be promised than
  // there is; memory cannot.
  double cpu_overcommit = 4;
  // The most of the machine's memory that one instance gets, so that an endpoint leaves room for a job beside it.
  double instance_memory_share_max = 0.5;
};

struct Reservation {
  std::optional<Room> room;  // nullopt: wait, and ask again.
  std::string message;       // With room: empty, or a notice for the log that the instance was scaled down.
                             // Without: why it waits, for StatusMessage.
};

// Shares the machine's CPUs and memory out to workloads, first come first served. Safe to call from any thread.
// Holds nothing durable: after a restart, call Restore for what runs, then Queue for what shall, before anything calls
// TryReserve.
class Capacity {
 public:
  explicit Capacity(Room machine, CapacityPolicy policy = {}) : machine_(machine), policy_(policy) {}

  // Room for one instance; the same room again when `id` holds some. While there is none, `id` waits in line by `order`
  // (a creation time, say; lower first): nothing behind it is served before it.
  // Throws Error(kValidation) for an instance type that is not known.
  Reservation TryReserve(const std::string& id, const std::string& instance_type, const std::string& order);
  // Records that `id` runs and holds what TryReserve would give it, whether that fits or not.
  Reservation Restore(const std::string& id, const std::string& instance_type);
  // `id`, which will call TryReserve with the same values, is in line from now on.
  void Queue(const std::string& id, const std::string& instance_type, const std::string& order);
  // `id` needs its room no more, or waits no longer. Does nothing for an unknown id.
  void Release(const std::string& id);

  // What one instance of that type gets here, and the notice when that is less than AWS's.
  Reservation Offer(const std::string& instance_type) const;

  // `listener(id)` is called for those in line who should ask again, on the thread that called Release.
  void Listen(std::function<void(const std::string& id)> listener);

  Room machine() const { return machine_; }
  Room free() const;

 private:
  using Place = std::pair<std::string, std::string>;  // order, id

  Room FreeLocked() const;
  bool Fits(const Room& room) const;
  void Leave(const std::string& id);
  std::string WhyWait(const std::string& instance_type, const Room& room, std::size_t ahead) const;

  const Room machine_;
  const CapacityPolicy policy_;
  mutable std::mutex mutex_;
  std::map<std::string, Room> held_;
  std::map<Place, Room> line_;
  std::map<std::string, Place> places_;
  std::vector<std::function<void(const std::string&)>> listeners_;
};

}  // namespace sagebrush::runtime
