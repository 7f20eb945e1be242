#include "runtime/process_runtime.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "runtime/cgroup.h"
#include "runtime/doctor.h"
#include "runtime/gang_network.h"
#include "runtime/packet.h"
#include "runtime/spawn_settings.h"

namespace sagebrush::runtime {
namespace {

constexpr Milliseconds kResolveAgain{5};
constexpr Milliseconds kKillWait{5000};
constexpr Milliseconds kRemoveWait{10'000};
constexpr int kConnectMilliseconds = 2000;

Time WallNow() { return SystemClock().Now(); }

void CheckId(const std::string& id) {
  const bool plain = !id.empty() && id.size() <= 128 && id[0] != '.' &&
                     std::all_of(id.begin(), id.end(),
                                 [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; });
  if (!plain)
    throw Error(kInternalFailure, "'" + id + "' cannot be a workload's id: use letters, digits, '-', '_' and '.'.");
}

void MakeAbsolute(WorkloadSpec& spec) {
  const auto make = [](Path& path) { path = std::filesystem::absolute(path); };
  make(spec.log_file);
  for (Mount& mount : spec.mounts) make(mount.source);
  if (auto* directory = std::get_if<DirectoryRoot>(&spec.root)) make(directory->directory);
  if (auto* layered = std::get_if<LayeredRoot>(&spec.root)) {
    for (Path& layer : layered->layers) make(layer);
    make(layered->writable);
  }
  for (PipeInput& input : spec.pipes) {
    make(input.objects);
    make(input.pipes);
  }
}

void CheckCanRun(std::size_t hosts) {
  std::string obstacle = WhatPreventsSandboxes();
  if (obstacle.empty() && hosts > 1) obstacle = WhatPreventsGangs();
  if (obstacle.empty() && hosts > kGangHostsMax) {
    obstacle = fmt::format("{} hosts cannot be joined by one network: {} are the most.", hosts, kGangHostsMax);
  }
  if (!obstacle.empty()) throw Error(kInternalFailure, obstacle);
}

// Nothing when the spec is damaged: Resolve says so.
std::optional<WorkloadSpec> ReadableSpec(const WorkloadFiles& files) {
  try {
    return files.ReadSpec();
  } catch (const Error&) {
    return std::nullopt;
  }
}

// With nothing of this process's descriptors but the two.
pid_t SpawnSupervisor(const Path& program, const Path& directory, const Path& sandbox, int lock, int link) {
  SpawnSettings settings;
  ::posix_spawn_file_actions_addopen(&settings.actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&settings.actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&settings.actions, 2, "/dev/null", O_WRONLY, 0);
  settings.Give(lock, 3);
  settings.Give(link, 4);
  ::posix_spawn_file_actions_addchdir_np(&settings.actions, "/");
  std::string arguments[] = {program.string(), "run", directory.string(), sandbox.string()};
  char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), arguments[3].data(), nullptr};
  std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  char* environment[] = {path.data(), nullptr};
  pid_t child = -1;
  const int error = ::posix_spawn(&child, program.c_str(), &settings.actions, &settings.attributes, argv, environment);
  if (error == 0) return child;
  errno = error;
  ThrowSystemError("Cannot start " + program.string() + " (is it installed beside the server?)");
}

}  // namespace

ProcessRuntime::ProcessRuntime(const Path& data)
    : ProcessRuntime(data, std::filesystem::read_symlink("/proc/self/exe").parent_path() / "sagebrush-supervisor") {}

ProcessRuntime::ProcessRuntime(const Path& data, const Path& supervisor, const Path& devices)
    : directory_(std::filesystem::absolute(data) / "workloads"),
      supervisor_(std::filesystem::absolute(supervisor)),
      sandbox_(std::filesystem::absolute(data) / "sandbox"),
      gpus_(devices),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (error) throw Error(kInternalFailure, "Cannot make " + directory_.string() + ": " + error.message());
  sandbox_.Write();
  loop_.Watch(wake_.get(), EPOLLIN, [this](std::uint32_t) {
    std::uint64_t ignored;
    while (::read(wake_.get(), &ignored, sizeof ignored) > 0) {
    }
  });
  AdoptAll();
  thread_ = std::thread([this] { Run(); });
}

ProcessRuntime::~ProcessRuntime() {
  Post([this] { stopping_ = true; });
  thread_.join();
}

void ProcessRuntime::AdoptAll() {
  std::vector<Entry> entries;
  for (const auto& item : std::filesystem::directory_iterator(directory_)) {
    if (!item.is_directory()) continue;
    const auto entry = std::make_shared<Workload>(item.path());
    entries.push_back(entry);
    const MutexLock lock(mutex_);
    workloads_[entry->files.id()] = entry;
    const auto spec = ReadableSpec(entry->files);
    if (!spec) continue;
    entry->user = spec->user;
    entry->devices = spec->devices;
    if (entry->user) users_.Keep(*entry->user);
    gpus_.Keep(entry->devices);
  }
  for (const Entry& entry : entries) Resolve(entry);
}

void ProcessRuntime::StartGang(const std::vector<std::pair<std::string, WorkloadSpec>>& hosts) {
  for (const auto& [id, spec] : hosts) CheckId(id);
  CheckCanRun(hosts.size());
  GangPlace place;
  for (const auto& [id, spec] : hosts) place.ids.push_back(id);
  std::vector<Entry> entries(hosts.size());  // Null: it was already started.
  {
    const MutexLock lock(mutex_);
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      auto entry = std::make_shared<Workload>(DirectoryOf(hosts[i].first));
      if (workloads_.emplace(hosts[i].first, entry).second) entries[i] = std::move(entry);
    }
  }
  try {
    // All are recorded before the first runs: of a gang that is begun, a new server process starts the rest.
    for (place.host = 0; place.host < hosts.size(); ++place.host) {
      WorkloadSpec spec = hosts[place.host].second;
      spec.gang = hosts.size() > 1 ? std::optional(place) : std::nullopt;
      if (entries[place.host]) Record(*entries[place.host], std::move(spec));
    }
    std::erase(entries, nullptr);
    for (const Entry& entry : entries) Spawn(entry, entry->files.TryLock());
  } catch (const std::exception& error) {
    for (const Entry& entry : entries) {
      if (entry) Undo(entry);
    }
    throw Error(kInternalFailure, fmt::format("Cannot start workload {}: {}", hosts.front().first, error.what()));
  }
  for (const Entry& entry : entries) {
    Post([this, entry] { Watch(entry); });
    // The supervisor is at work already: only a failure of the machine, which ends that as well, can undo the record.
    entry->files.Sync();
  }
}

void ProcessRuntime::Record(Workload& workload, WorkloadSpec spec) {
  MakeAbsolute(spec);
  TakeOwn(workload, spec);
  std::filesystem::create_directories(workload.files.directory());
  workload.files.WriteSpec(spec);
  workload.files.ReserveState();
}

void ProcessRuntime::Undo(const Entry& entry) {
  std::error_code ignored;
  if (entry->child > 0) {
    ::kill(entry->child, SIGKILL);
    ::waitpid(entry->child, nullptr, 0);
    const Cgroup cgroup(entry->files.CgroupName());
    cgroup.KillAll(kKillWait);
    cgroup.Remove();
  }
  std::filesystem::remove_all(entry->files.directory(), ignored);
  const MutexLock lock(mutex_);
  Forget(entry->files.id());
}

void ProcessRuntime::TakeOwn(Workload& workload, WorkloadSpec& spec) {
  const MutexLock lock(mutex_);
  workload.devices = gpus_.Take(static_cast<std::size_t>(std::max(spec.gpus, 0)));
  if (users_.any()) workload.user = users_.Take();
  spec.devices = workload.devices;
  spec.user = workload.user;
}

void ProcessRuntime::Forget(const std::string& id) {
  const auto found = workloads_.find(id);
  if (found == workloads_.end()) return;
  if (found->second->user) users_.Release(*found->second->user);
  gpus_.Release(found->second->devices);
  workloads_.erase(found);
}

void ProcessRuntime::Spawn(const Entry& entry, FileDescriptor lock) {
  if (!lock.valid())
    throw Error(kInternalFailure, entry->files.directory().string() + " is locked by another process.");
  auto [ours, theirs] = MakePacketSockets();
  const pid_t child =
      SpawnSupervisor(supervisor_, entry->files.directory(), sandbox_.directory(), lock.get(), theirs.get());
  const MutexLock guard(mutex_);
  entry->child = child;
  entry->spawned = true;
  entry->link = std::move(ours);
  if (entry->stop_wanted) SendPacket(entry->link.get(), fmt::format("stop {}", entry->stop_wanted->count()));
}

ProcessRuntime::Entry ProcessRuntime::FindEntry(const std::string& id) const {
  const MutexLock lock(mutex_);
  const auto found = workloads_.find(id);
  return found == workloads_.end() ? nullptr : found->second;
}

void ProcessRuntime::CheckOurs(const Workload& workload) {
  if (!workload.not_ours.empty()) throw Error(kInternalFailure, workload.not_ours);
}

std::optional<WorkloadState> ProcessRuntime::Inspect(const std::string& id) const {
  const MutexLock lock(mutex_);
  const auto found = workloads_.find(id);
  if (found == workloads_.end()) return std::nullopt;
  return found->second->state;
}

std::vector<std::string> ProcessRuntime::List() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, entry] : workloads_) ids.push_back(id);
  return ids;
}

void ProcessRuntime::Listen(std::function<void(const std::string& id)> listener) {
  const MutexLock lock(mutex_);
  listeners_.push_back(std::move(listener));
}

void ProcessRuntime::Stop(const std::string& id, Seconds grace) {
  const MutexLock lock(mutex_);
  const auto found = workloads_.find(id);
  if (found == workloads_.end() || !found->second->state.running) return;
  Workload& workload = *found->second;
  CheckOurs(workload);
  const Milliseconds wait(static_cast<std::int64_t>(std::clamp(grace.count(), 0.0, 1e9) * 1000));
  const bool told = workload.link.valid() && SendPacket(workload.link.get(), fmt::format("stop {}", wait.count()));
  if (!told) workload.stop_wanted = std::min(wait, workload.stop_wanted.value_or(wait));
}

void ProcessRuntime::Remove(const std::string& id) {
  const Entry entry = FindEntry(id);
  if (entry == nullptr) return;
  Stop(id, Seconds(0));
  {
    MutexLock lock(mutex_);
    const auto ended = [&] { return !entry->state.running; };
    if (!lock.WaitFor(changed_, kRemoveWait, ended)) {
      lock.Unlock();
      LogWarning("Workload {} does not end; killing its processes and its supervisor.", id);
      Cgroup(entry->files.CgroupName()).KillAll(kKillWait);
      lock.Lock();
      if (entry->child > 0) ::kill(entry->child, SIGKILL);
      if (!lock.WaitFor(changed_, kRemoveWait, ended)) {
        throw Error(kInternalFailure, "Workload " + id + " cannot be killed; look for its processes with `ps`.");
      }
    }
    Forget(id);
  }
  std::error_code error;
  // First: this process may be killed half-way, and a spec without a state would be run once more.
  std::filesystem::remove(entry->files.directory() / "spec.json", error);
  std::filesystem::remove_all(entry->files.directory(), error);
  if (error) LogWarning("Cannot delete {}: {}", entry->files.directory().string(), error.message());
}

std::optional<FileDescriptor> ProcessRuntime::Connect(const std::string& id, std::uint16_t port) {
  const Entry entry = FindEntry(id);
  if (entry == nullptr) return std::nullopt;
  std::string request = fmt::format("connect {}", port);
  {
    const MutexLock lock(mutex_);
    if (!entry->not_ours.empty()) return std::nullopt;
    if (entry->supervisor_version < 2) request = "connect";
  }
  const FileDescriptor socket = ConnectToControl(entry->files.directory());
  if (!socket.valid() || !SendPacket(socket.get(), request)) return std::nullopt;
  pollfd ready{socket.get(), POLLIN, 0};
  Packet packet;
  if (::poll(&ready, 1, kConnectMilliseconds) <= 0 || ReceivePacket(socket.get(), packet) != ReceiveStatus::kPacket ||
      !packet.fd.valid()) {
    return std::nullopt;
  }
  const int flags = ::fcntl(packet.fd.get(), F_GETFL);
  ::fcntl(packet.fd.get(), F_SETFL, flags & ~O_NONBLOCK);
  return std::move(packet.fd);
}

void ProcessRuntime::Post(std::function<void()> task) {
  {
    const MutexLock lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  WriteAll(wake_.get(), {reinterpret_cast<const char*>(&one), sizeof one});
}

void ProcessRuntime::Run() {
  while (!stopping_) {
    loop_.RunOnce(unresolved_.empty() ? Milliseconds(-1) : kResolveAgain);
    std::deque<std::function<void()>> tasks;
    {
      const MutexLock lock(mutex_);
      tasks.swap(tasks_);
    }
    for (const auto& task : tasks) task();
    const std::vector<Entry> again = std::exchange(unresolved_, {});
    for (const Entry& entry : again) Resolve(entry);
  }
}

void ProcessRuntime::Watch(const Entry& entry) {
  loop_.Watch(entry->link.get(), EPOLLIN, [this, entry](std::uint32_t) { OnLink(entry); });
}

void ProcessRuntime::OnLink(const Entry& entry) {
  Packet packet;
  if (ReceivePacket(entry->link.get(), packet) == ReceiveStatus::kClosed) {
    OnLost(entry);
    return;
  }
  try {
    if (const auto state = entry->files.ReadState()) Settle(entry, *state);
  } catch (const Error& error) {
    LogError("{}", error.what());
  }
}

void ProcessRuntime::OnLost(const Entry& entry) {
  pid_t child;
  {
    const MutexLock lock(mutex_);
    loop_.Forget(entry->link.get());
    entry->link.Close();
    child = std::exchange(entry->child, -1);
  }
  if (child > 0) ::waitpid(child, nullptr, 0);  // It closed its last descriptor: this waits for microseconds.
  Resolve(entry);
}

void ProcessRuntime::Resolve(const Entry& entry) {
  if (FindEntry(entry->files.id()) != entry) return;  // Removed.
  try {
    if (const std::string why = entry->files.WhyTooNew(); !why.empty()) {
      Leave(entry, why);
      return;
    }
    FileDescriptor lock = entry->files.TryLock();
    if (!lock.valid()) {
      if (!Rejoin(entry)) unresolved_.push_back(entry);
      return;
    }
    const auto state = entry->files.ReadState();
    if (state && !state->running) {
      Settle(entry, *state);
    } else if (state) {
      EndLost(entry, "The supervisor of the workload was killed, and the workload ended with it.");
    } else if (!entry->files.ReadSpec()) {
      std::filesystem::remove_all(entry->files.directory());  // This process was killed before the start was recorded.
      const MutexLock guard(mutex_);
      Forget(entry->files.id());
    } else if (entry->files.IsFromBeforeBoot()) {
      EndLost(entry, "The machine was started anew before the workload had ended.");
    } else if (entry->spawned) {
      EndLost(entry, "The supervisor of the workload ended before it had begun; see `sagebrush doctor`.");
    } else {
      Spawn(entry, std::move(lock));
      Watch(entry);
    }
  } catch (const std::exception& error) {
    EndLost(entry, error.what());
  }
}

// The supervisor lives: to be told by it again. False: it does not listen yet.
bool ProcessRuntime::Rejoin(const Entry& entry) {
  FileDescriptor link = ConnectToControl(entry->files.directory());
  if (!link.valid() || !SendPacket(link.get(), "watch")) return false;
  {
    const MutexLock guard(mutex_);
    entry->link = std::move(link);
    entry->supervisor_version = entry->files.SupervisorVersion();
    if (entry->stop_wanted) SendPacket(entry->link.get(), fmt::format("stop {}", entry->stop_wanted->count()));
    if (const auto state = entry->files.ReadState()) entry->state = *state;
  }
  Watch(entry);
  return true;
}

void ProcessRuntime::Leave(const Entry& entry, const std::string& why) {
  LogError("{}", why);
  const MutexLock guard(mutex_);
  entry->not_ours = entry->state.message = why;
}

void ProcessRuntime::EndLost(const Entry& entry, const std::string& message) {
  const std::string id = entry->files.id();
  LogWarning("Workload {}: {}", id, message);
  WorkloadState state{
      .running = false, .ended = WallNow(), .reason = ExitReason::kSupervisorLost, .exit_code = 128 + SIGKILL};
  state.message = message;
  try {
    const Cgroup cgroup(entry->files.CgroupName());
    if (!cgroup.KillAll(kKillWait)) LogError("Processes of workload {} cannot be killed.", id);
    cgroup.Remove();
    if (const auto last = entry->files.ReadState()) state.started = last->started;
    entry->files.WriteState(state);
  } catch (const std::exception& error) {
    LogError("Workload {}: {}", id, error.what());  // It is found lost again after a restart.
  }
  Settle(entry, state);
}

void ProcessRuntime::Settle(const Entry& entry, const WorkloadState& state) {
  std::vector<std::function<void(const std::string&)>> listeners;
  {
    const MutexLock lock(mutex_);
    entry->state = state;
    if (!state.running)
      gpus_.Release(std::exchange(entry->devices, {}));  // Another may be started on them from now on.
    listeners = listeners_;
  }
  changed_.notify_all();
  for (const auto& listener : listeners) listener(entry->files.id());
}

}  // namespace sagebrush::runtime
