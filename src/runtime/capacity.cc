#include "runtime/capacity.h"

#include <sched.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"

namespace sagebrush::runtime {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr std::int64_t kServerReserve = 512LL * 1024 * 1024;

std::int64_t MemoryLimitOfCgroup() {
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    const auto text = ReadFileIfExists(path);
    std::int64_t limit = 0;
    if (text && std::from_chars(text->data(), text->data() + text->size(), limit).ec == std::errc()) return limit;
  }
  return INT64_MAX;
}

std::string Describe(const Room& room) {
  return fmt::format("{:g} vCPU and {:.1f} GiB", room.cpus, static_cast<double>(room.memory_bytes) / kGiB);
}

}  // namespace

Room RoomOfThisMachine() {
  struct sysinfo info{};
  if (::sysinfo(&info) != 0) ThrowSystemError("Cannot learn the machine's memory");
  const std::int64_t total =
      std::min<std::int64_t>(static_cast<std::int64_t>(info.totalram) * info.mem_unit, MemoryLimitOfCgroup());
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) ThrowSystemError("Cannot learn the machine's CPUs");
  const std::int64_t reserve = std::min(kServerReserve, total / 8);
  return {static_cast<double>(CPU_COUNT(&cpus)), total - reserve};
}

Reservation Capacity::Offer(const std::string& instance_type) const {
  const auto type = FindInstanceType(instance_type);
  if (!type) {
    throw Error(kValidation,
                "Instance type " + instance_type + " is not known to this server; use one such as ml.m5.xlarge.");
  }
  const auto memory_max =
      static_cast<std::int64_t>(static_cast<double>(machine_.memory_bytes) * policy_.instance_memory_share_max);
  const Room asked{type->vcpus, type->memory_bytes};
  const Room room{std::min(asked.cpus, machine_.cpus), std::min(asked.memory_bytes, memory_max)};
  Reservation offer{room, ""};
  if (room.cpus < asked.cpus || room.memory_bytes < asked.memory_bytes) {
    offer.message = fmt::format("{} has {}; this machine gives it {}.", instance_type, Describe(asked), Describe(room));
  }
  if (type->gpus + type->accelerators > 0) {
    offer.message += fmt::format("{}{} has {} GPU or accelerator chips; the job gets none from this server.",
                                 offer.message.empty() ? "" : " ", instance_type, type->gpus + type->accelerators);
  }
  return offer;
}

Reservation Capacity::TryReserve(const std::string& id, const std::string& instance_type, const std::string& order) {
  Reservation offer = Offer(instance_type);
  const std::lock_guard lock(mutex_);
  if (const auto held = held_.find(id); held != held_.end()) return {held->second, offer.message};
  const Place place{order, id};
  if (const auto old = places_.find(id); old != places_.end() && old->second != place) Leave(id);
  const auto ahead = static_cast<std::size_t>(std::distance(line_.begin(), line_.lower_bound(place)));
  if (ahead == 0 && Fits(*offer.room)) {
    Leave(id);
    held_[id] = *offer.room;
    return offer;
  }
  line_[place] = *offer.room;
  places_[id] = place;
  return {std::nullopt, WhyWait(instance_type, *offer.room, ahead)};
}

Reservation Capacity::Restore(const std::string& id, const std::string& instance_type) {
  Reservation offer = Offer(instance_type);
  const std::lock_guard lock(mutex_);
  Leave(id);
  held_.try_emplace(id, *offer.room);
  return offer;
}

void Capacity::Queue(const std::string& id, const std::string& instance_type, const std::string& order) {
  const Reservation offer = Offer(instance_type);
  const std::lock_guard lock(mutex_);
  if (held_.contains(id)) return;
  Leave(id);
  line_[{order, id}] = *offer.room;
  places_[id] = {order, id};
}

void Capacity::Release(const std::string& id) {
  std::vector<std::string> next;
  std::vector<std::function<void(const std::string&)>> listeners;
  {
    const std::lock_guard lock(mutex_);
    if (held_.erase(id) == 0 && !places_.contains(id)) return;
    Leave(id);
    // All that would fit now, in order, up to the first that does not.
    Room left = FreeLocked();
    for (const auto& [place, room] : line_) {
      if (room.cpus > left.cpus || room.memory_bytes > left.memory_bytes) break;
      left = {left.cpus - room.cpus, left.memory_bytes - room.memory_bytes};
      next.push_back(place.second);
    }
    listeners = listeners_;
  }
  for (const std::string& waiting : next) {
    for (const auto& listener : listeners) listener(waiting);
  }
}

void Capacity::Listen(std::function<void(const std::string&)> listener) {
  const std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(listener));
}

Room Capacity::free() const {
  const std::lock_guard lock(mutex_);
  return FreeLocked();
}

Room Capacity::FreeLocked() const {
  Room left{machine_.cpus * policy_.cpu_overcommit, machine_.memory_bytes};
  for (const auto& [id, room] : held_) {
    left.cpus -= room.cpus;
    left.memory_bytes -= room.memory_bytes;
  }
  return left;
}

bool Capacity::Fits(const Room& room) const {
  const Room left = FreeLocked();
  return room.cpus <= left.cpus && room.memory_bytes <= left.memory_bytes;
}

void Capacity::Leave(const std::string& id) {
  const auto place = places_.find(id);
  if (place == places_.end()) return;
  line_.erase(place->second);
  places_.erase(place);
}

std::string Capacity::WhyWait(const std::string& instance_type, const Room& room, std::size_t ahead) const {
  Room left = FreeLocked();
  left = {std::clamp(left.cpus, 0.0, machine_.cpus), std::max<std::int64_t>(left.memory_bytes, 0)};
  std::string text = fmt::format("Waiting for room on this machine: {} needs {}, free are {}, {} running",
                                 instance_type, Describe(room), Describe(left), held_.size());
  if (ahead > 0) text += fmt::format(", {} ahead in line", ahead);
  return text + ".";
}

}  // namespace sagebrush::runtime
