#include "runtime/cgroup.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <set>
#include <sstream>
#include <thread>

namespace sagebrush::runtime {
namespace {

constexpr std::string_view kControllers[] = {"cpu", "memory", "pids"};
constexpr std::int64_t kCpuPeriodMicroseconds = 100'000;

bool Write(const Path& file, std::string_view text) {
  const FileDescriptor fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return fd.valid() && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// Files under /sys and /proc may vanish while they are read.
std::string Read(const Path& file) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::string out;
  char buffer[4096];
  for (ssize_t n; fd.valid() && (n = ::read(fd.get(), buffer, sizeof buffer)) > 0;) {
    out.append(buffer, static_cast<std::size_t>(n));
  }
  return out;
}

bool HasWord(const std::string& list, std::string_view word, char separator) {
  std::istringstream words(list);
  for (std::string each; std::getline(words, each, separator);) {
    if (!each.empty() && each.back() == '\n') each.pop_back();
    if (each == word) return true;
  }
  return false;
}

// The path of this process's own group in the version 2 hierarchy; empty: at its root or outside of what is mounted.
Path OwnGroup() {
  std::istringstream lines(Read("/proc/self/cgroup"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("0::/") && !line.starts_with("0::/..")) return line.substr(4);
  }
  return {};
}

bool IsDelegated(const Path& group) {
  return ::access(group.c_str(), W_OK) == 0 && ::access((group / "cgroup.procs").c_str(), W_OK) == 0 &&
         ::access((group / "cgroup.subtree_control").c_str(), W_OK) == 0;
}

// The version 2 group in which this user may make groups and move this process into them; empty: none. The outermost
// one: a systemd that belongs to the user holds no process there itself, and a server that is started again, in a
// group beside its last one, finds the workloads of the last.
Path Territory(const Path& mount) {
  if (::geteuid() == 0) return mount;
  Path outermost;
  for (Path group = mount / OwnGroup(); group != mount.parent_path(); group = group.parent_path()) {
    if (IsDelegated(group)) outermost = group;
  }
  return outermost;
}

// Moves what runs in `group` itself to a group within: with processes of its own it may give its children no
// controllers.
void Vacate(const Path& group) {
  const Path inner = group / "sagebrush-server";
  // Some may fork meanwhile.
  for (int attempt = 0; attempt < 10; ++attempt) {
    std::istringstream ids(Read(group / "cgroup.procs"));
    std::string id;
    if (!(ids >> id)) return;
    ::mkdir(inner.c_str(), 0755);
    do Write(inner / "cgroup.procs", id);
    while (ids >> id);
  }
}

// Gives `controllers` to the children of `group`, one of which is `child`.
void Enable(const Path& group, const Path& child, const std::string& controllers) {
  std::istringstream names(controllers);
  for (std::string name; names >> name;) {
    // cgroup.subtree_control names it sooner than it is there, and writing to that has the kernel wait for the remains
    // of groups that were removed.
    if (::access((child / (name + ".max")).c_str(), F_OK) == 0) continue;
    // Only the root has no type, and may have processes of its own. Others are asked before the first controller: the
    // kernel would allow "cpu" beside processes, and afterwards not let them out.
    if (::access((group / "cgroup.type").c_str(), F_OK) == 0) Vacate(group);
    // One by one, as the kernel refuses all with one.
    Write(group / "cgroup.subtree_control", "+" + name);
  }
}

std::int64_t ValueOf(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  std::string key;
  std::int64_t value = 0;
  while (lines >> key >> value) {
    if (key == name) return value;
  }
  return 0;
}

}  // namespace

Cgroup::Cgroup(const std::string& name) {
  std::istringstream mounts(Read("/proc/self/mounts"));
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string device, point, type, options;
    fields >> device >> point >> type >> options;
    if (type == "cgroup") {
      for (const std::string_view controller : kControllers) {
        if (!HasWord(options, controller, ',')) continue;
        groups_.push_back(
            {std::string(controller), false, Path(point) / "sagebrush", Path(point) / "sagebrush" / name});
      }
    } else if (type == "cgroup2") {
      const Path territory = Territory(point);
      if (territory.empty()) continue;
      const Path base = territory / "sagebrush";
      const std::string available = Read(territory / "cgroup.controllers");
      std::string controllers;
      for (const std::string_view controller : kControllers) {
        if (HasWord(available, controller, ' '))
          controllers += (controllers.empty() ? "" : " ") + std::string(controller);
      }
      if (!controllers.empty()) groups_.push_back({controllers, true, base, base / name});
    }
  }
  // Groups of an earlier process with the same name.
  for (Group& group : groups_) group.created = ::access(group.path.c_str(), F_OK) == 0;
}

bool Cgroup::CreateGroup(Group& group) const {
  // Another workload's end may remove the base, when it was the last, at any moment.
  for (int attempt = 0; attempt < 10; ++attempt) {
    if (::mkdir(group.base.c_str(), 0755) != 0 && errno != EEXIST) return false;
    if (::mkdir(group.path.c_str(), 0755) == 0 || errno == EEXIST) {
      // Not before: only a base with a group in it stays.
      if (group.version2) Enable(group.base.parent_path(), group.base, group.controllers);
      if (group.version2) Enable(group.base, group.path, group.controllers);
      return true;
    }
    if (errno != ENOENT) return false;
  }
  return false;
}

const Cgroup::Group* Cgroup::Find(std::string_view controller) const {
  for (const Group& group : groups_) {
    if (group.created && HasWord(group.controllers, controller, ' ')) return &group;
  }
  return nullptr;
}

void Cgroup::Create(const CgroupLimits& limits) {
  missing_.clear();
  for (Group& group : groups_) group.created = CreateGroup(group);
  for (const std::string_view controller : kControllers) Limit(controller, limits);
}

void Cgroup::Limit(std::string_view controller, const CgroupLimits& limits) {
  const Group* group = Find(controller);
  bool done = group != nullptr;
  if (controller == "cpu" && done && limits.cpus > 0) {
    const auto quota = std::max<std::int64_t>(std::llround(limits.cpus * kCpuPeriodMicroseconds), 1000);
    done = group->version2
               ? Write(group->path / "cpu.max", std::to_string(quota) + " " + std::to_string(kCpuPeriodMicroseconds))
               : Write(group->path / "cpu.cfs_quota_us", std::to_string(quota));
  }
  if (controller == "memory" && done && limits.memory_bytes_max > 0) {
    const std::string bytes = std::to_string(limits.memory_bytes_max);
    done = Write(group->path / (group->version2 ? "memory.max" : "memory.limit_in_bytes"), bytes);
    // Without swap accounting these files are missing, and swap is not limited.
    if (group->version2) Write(group->path / "memory.swap.max", "0");
    if (!group->version2) Write(group->path / "memory.memsw.limit_in_bytes", bytes);
  }
  if (controller == "pids" && done && limits.processes_max > 0) {
    done = Write(group->path / "pids.max", std::to_string(limits.processes_max));
  }
  if (!done) missing_.emplace_back(controller);
}

void Cgroup::Join() const {
  for (const Group& group : groups_) {
    if (!group.created) continue;
    // "tasks" of version 1 moves the calling thread without stopping every fork on the machine meanwhile.
    if (group.version2 || !Write(group.path / "tasks", "0")) Write(group.path / "cgroup.procs", "0");
  }
}

std::vector<int> Cgroup::Processes() const {
  std::set<int> processes;
  for (const Group& group : groups_) {
    std::istringstream ids(Read(group.path / "cgroup.procs"));
    for (int id; ids >> id;) {
      if (id > 0) processes.insert(id);
    }
  }
  return {processes.begin(), processes.end()};
}

bool Cgroup::KillAll(Milliseconds wait) const {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  // Nothing new may be forked while we count what there is.
  if (const Group* pids = Find("pids")) Write(pids->path / "pids.max", "0");
  for (const Group& group : groups_) {
    if (group.version2) Write(group.path / "cgroup.kill", "1");
  }
  for (;;) {
    const std::vector<int> processes = Processes();
    if (processes.empty()) return true;
    for (const int process : processes) ::kill(process, SIGKILL);
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(Milliseconds(1));
  }
}

bool Cgroup::HasKilledForMemory() const {
  const Group* group = Find("memory");
  if (group == nullptr) return false;
  return ValueOf(Read(group->path / (group->version2 ? "memory.events" : "memory.oom_control")), "oom_kill") > 0;
}

bool Cgroup::Remove() const {
  bool removed = true;
  for (const Group& group : groups_) {
    if (::rmdir(group.path.c_str()) != 0 && errno != ENOENT) removed = false;
    ::rmdir(group.base.c_str());  // Succeeds when this was the last.
  }
  return removed;
}

}  // namespace sagebrush::runtime
