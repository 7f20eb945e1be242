#include "runtime/capacity.h"

#include <sched.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "runtime/gpus.h"

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
  const double gib = static_cast<double>(room.memory_bytes) / kGiB;
  if (room.gpus == 0) return fmt::format("{:g} vCPU and {:.1f} GiB", room.cpus, gib);
  return fmt::format("{:g} vCPU, {:.1f} GiB and {} GPU", room.cpus, gib, room.gpus);
}

// "ml.m5.xlarge needs", "3 x ml.m5.xlarge and 1 x ml.t2.medium need"
std::string Describe(const Claim& claim) {
  std::string text;
  std::int64_t total = 0;
  for (const auto& [type, count] : claim.instances) {
    if (!text.empty()) text += " and ";
    text += claim.instances.size() == 1 && count == 1 ? type : fmt::format("{} x {}", count, type);
    total += count;
  }
  return text + (total == 1 ? " needs" : " need");
}

Room operator+(const Room& a, const Room& b) {
  return {a.cpus + b.cpus, a.memory_bytes + b.memory_bytes, a.gpus + b.gpus};
}
Room operator-(const Room& a, const Room& b) {
  return {a.cpus - b.cpus, a.memory_bytes - b.memory_bytes, a.gpus - b.gpus};
}
Room operator*(const Room& one, std::int64_t count) {
  return {one.cpus * static_cast<double>(count), one.memory_bytes * count, static_cast<int>(one.gpus * count)};
}
Room Larger(const Room& a, const Room& b) {
  return {std::max(a.cpus, b.cpus), std::max(a.memory_bytes, b.memory_bytes), std::max(a.gpus, b.gpus)};
}
bool IsWithin(const Room& part, const Room& whole) {
  return part.cpus <= whole.cpus && part.memory_bytes <= whole.memory_bytes && part.gpus <= whole.gpus;
}

// CPU is promised several times over; nobody is told of more than there is.
Room Shown(const Room& free, const Room& machine) {
  return {std::clamp(free.cpus, 0.0, machine.cpus), std::max<std::int64_t>(free.memory_bytes, 0),
          std::max(free.gpus, 0)};
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
  return {static_cast<double>(CPU_COUNT(&cpus)), total - reserve, static_cast<int>(Gpus().count())};
}

InstanceOffer Capacity::Offer(const std::string& instance_type) const {
  const auto type = FindInstanceType(instance_type);
  if (!type) {
    throw Error(kValidation,
                "Instance type " + instance_type + " is not known to this server; use one such as ml.m5.xlarge.");
  }
  const auto memory_max =
      static_cast<std::int64_t>(static_cast<double>(machine_.memory_bytes) * policy_.instance_memory_share_max);
  const Room asked{type->vcpus, type->memory_bytes};
  InstanceOffer offer{{std::min(asked.cpus, machine_.cpus), std::min(asked.memory_bytes, memory_max),
                       std::min(type->gpus, machine_.gpus)},
                      ""};
  if (offer.room.cpus < asked.cpus || offer.room.memory_bytes < asked.memory_bytes) {
    offer.notice =
        fmt::format("{} has {}; this machine gives it {}.", instance_type, Describe(asked), Describe(offer.room));
  }
  const int chips = type->gpus + type->accelerators;
  if (chips > offer.room.gpus) {
    offer.notice += fmt::format("{}{} has {} GPU or accelerator chips; the job gets {} from this server.",
                                offer.notice.empty() ? "" : " ", instance_type, chips,
                                offer.room.gpus == 0 ? "none" : std::to_string(offer.room.gpus));
  }
  return offer;
}

Reservation Capacity::TryReserve(const std::string& owner, const Claim& claim) {
  const Room size = SizeOf(claim);
  const Place place{claim.order, owner};
  using Answer = Reservation::Answer;
  const MutexLock lock(mutex_);
  const Holding wants{Larger(size, HeldBy(owner)), claim.lasting};
  if (!IsWithin(size, All())) {
    Leave(owner);
    return {Answer::kNever, WhyNever(claim, size)};
  }
  const auto ahead = static_cast<std::size_t>(std::distance(line_.begin(), line_.lower_bound(place)));
  if (Fits(owner, wants.room, LeftBehind(place)) && MayGo(place, wants)) {
    Give(place, wants);
    return {};
  }
  if (const auto old = places_.find(owner); old != places_.end() && old->second != place) Leave(owner);
  line_[place].wants = wants;
  places_[owner] = place;
  return {Answer::kWait, WhyWait(claim, size, ahead)};
}

void Capacity::Hold(const std::string& owner, const Claim& claim) {
  const Room size = SizeOf(claim);
  std::vector<std::string> next;
  {
    const MutexLock lock(mutex_);
    const Room before = HeldBy(owner);
    const bool waited = places_.contains(owner);
    Leave(owner);
    held_[owner] = {size, claim.lasting};
    if (waited || !IsWithin(before, size)) next = WhoShouldAsk();
  }
  Tell(next);
}

void Capacity::Queue(const std::string& owner, const Claim& claim) {
  const Room size = SizeOf(claim);
  const MutexLock lock(mutex_);
  Leave(owner);
  const Place place{claim.order, owner};
  line_[place].wants = {Larger(size, HeldBy(owner)), claim.lasting};
  places_[owner] = place;
}

void Capacity::Withdraw(const std::string& owner) {
  std::vector<std::string> next;
  {
    const MutexLock lock(mutex_);
    if (!places_.contains(owner)) return;
    Leave(owner);
    next = WhoShouldAsk();
  }
  Tell(next);
}

void Capacity::Release(const std::string& owner) {
  std::vector<std::string> next;
  {
    const MutexLock lock(mutex_);
    if (held_.erase(owner) == 0 && !places_.contains(owner)) return;
    Leave(owner);
    for (auto& [place, waiting] : line_) waiting.beside.erase(owner);
    next = WhoShouldAsk();
  }
  Tell(next);
}

void Capacity::Listen(std::function<void(const std::string&)> listener) {
  const MutexLock lock(mutex_);
  listeners_.push_back(std::move(listener));
}

Room Capacity::free() const {
  const MutexLock lock(mutex_);
  return Free();
}

Room Capacity::Free() const {
  Room left = All();
  for (const auto& [owner, holding] : held_) left = left - holding.room;
  return left;
}

Room Capacity::SizeOf(const Claim& claim) const {
  Room size;
  for (const auto& [type, count] : claim.instances) {
    size = size + Offer(type).room * count;
  }
  return size;
}

Room Capacity::HeldBy(const std::string& owner) const {
  const auto held = held_.find(owner);
  return held == held_.end() ? Room{} : held->second.room;
}

bool Capacity::Fits(const std::string& owner, const Room& wants, const Room& free) const {
  const Room held = HeldBy(owner);
  // Where more is held than there is (Hold), who asks for no more than it has gets it all the same.
  return IsWithin(wants, held) || IsWithin(wants, free + held);
}

bool Capacity::MayGo(const Place& place, const Holding& wants) const {
  for (auto ahead = line_.begin(); ahead != line_.end() && ahead->first < place; ++ahead) {
    const auto& [their_place, waiting] = *ahead;
    const std::string& them = their_place.second;
    if (them == place.second || !FitsBeside(them, waiting, "", {})) continue;  // Nothing that ends can help them.
    if (!wants.lasting && waiting.overtaken < policy_.overtakes_max) continue;
    if (!FitsBeside(them, waiting, place.second, wants.room)) return false;
  }
  return true;
}

bool Capacity::FitsBeside(const std::string& owner, const Waiting& waiting, const std::string& other,
                          const Room& wants) const {
  Room sum = waiting.wants.room + wants;
  for (const auto& [holder, holding] : held_) {
    if (holder == owner || holder == other) continue;
    if (holding.lasting || (!other.empty() && waiting.beside.contains(holder))) sum = sum + holding.room;
  }
  return IsWithin(sum, All());
}

void Capacity::Give(const Place& place, const Holding& wants) {
  for (auto ahead = line_.begin(); ahead != line_.end() && ahead->first < place; ++ahead) {
    auto& [their_place, waiting] = *ahead;
    if (their_place.second == place.second || !FitsBeside(their_place.second, waiting, "", {})) continue;
    if (waiting.overtaken < policy_.overtakes_max) {
      ++waiting.overtaken;
    } else {
      waiting.beside.insert(place.second);
    }
  }
  Leave(place.second);
  held_[place.second] = wants;
}

void Capacity::Leave(const std::string& owner) {
  const auto place = places_.find(owner);
  if (place == places_.end()) return;
  line_.erase(place->second);
  places_.erase(place);
}

// Those ahead that can be served now have not asked yet: after a restart, or since they were told.
Room Capacity::LeftBehind(const Place& place, std::vector<std::string>* served) const {
  Room left = Free();
  for (auto ahead = line_.begin(); ahead != line_.end() && ahead->first < place; ++ahead) {
    const std::string& owner = ahead->first.second;
    const Holding& wants = ahead->second.wants;
    if (owner == place.second || !Fits(owner, wants.room, left) || !MayGo(ahead->first, wants)) continue;
    left = left + HeldBy(owner) - Larger(wants.room, HeldBy(owner));
    if (served != nullptr) served->push_back(owner);
  }
  return left;
}

std::vector<std::string> Capacity::WhoShouldAsk() const {
  std::vector<std::string> next;
  if (line_.empty()) return next;
  const auto& [order, owner] = line_.rbegin()->first;
  LeftBehind({order, owner + '\x7f'}, &next);
  return next;
}

void Capacity::Tell(const std::vector<std::string>& owners) {
  if (owners.empty()) return;
  std::vector<std::function<void(const std::string&)>> listeners;
  {
    const MutexLock lock(mutex_);
    listeners = listeners_;
  }
  for (const std::string& owner : owners) {
    for (const auto& listener : listeners) listener(owner);
  }
}

std::string Capacity::WhyWait(const Claim& claim, const Room& wants, std::size_t ahead) const {
  std::string text = fmt::format("Waiting for room on this machine: {} {}, free are {}, {} running", Describe(claim),
                                 Describe(wants), Describe(Shown(Free(), machine_)), held_.size());
  if (ahead > 0) text += fmt::format(", {} ahead in line", ahead);
  return text + ".";
}

std::string Capacity::WhyNever(const Claim& claim, const Room& wants) const {
  return fmt::format(
      "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error: {} {}; this "
      "machine "
      "has room for {} in all, free are {}. Ask for fewer or smaller instances.",
      Describe(claim), Describe(wants), Describe(All()), Describe(Shown(Free(), machine_)));
}

}  // namespace sagebrush::runtime
