#include "runtime/sandbox.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "runtime/gang_network.h"

namespace sagebrush::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMemoryFileSystemBytesDefault = 4LL << 30;

// Directories of the host's /etc that programs need and that tell nothing about the host's users. Few: every mount
// costs bubblewrap a reading of all the others.
constexpr const char* kHostEtc[] = {"alternatives", "ssl"};

void Add(std::vector<std::string>& out, std::initializer_list<std::string> arguments) {
  out.insert(out.end(), arguments);
}

void AddSystem(std::vector<std::string>& out) {
  std::error_code ignored;
  Add(out, {"--ro-bind", "/usr", "/usr"});
  for (const char* name : {"/lib", "/lib32", "/lib64", "/bin", "/sbin"}) {
    if (fs::is_symlink(name, ignored)) {
      Add(out, {"--symlink", fs::read_symlink(name).string(), name});
    } else if (fs::exists(name, ignored)) {
      Add(out, {"--ro-bind", name, name});
    }
  }
}

std::string MemoryFileSystemBytes(const WorkloadSpec& spec) {
  const std::int64_t memory = spec.memory_bytes_max;
  return std::to_string(memory > 0 ? std::max<std::int64_t>(memory / 2, 1 << 20) : kMemoryFileSystemBytesDefault);
}

void AddHostEtc(std::vector<std::string>& out, const SandboxPlan& plan) {
  std::error_code ignored;
  Add(out, {"--ro-bind", plan.files.etc("").string(), "/etc"});
  for (const char* name : kHostEtc) {
    const Path path = Path("/etc") / name;
    if (fs::exists(path, ignored)) Add(out, {"--ro-bind", path.string(), path.string()});
  }
  // Not a link, as those below: /etc is one for all, also for what another release still runs.
  if (plan.spec.gang) Add(out, {"--perms", "0444", "--ro-bind-data", std::to_string(plan.hosts_fd), "/etc/hosts"});
  // /etc has links to them: a mount for each would cost more.
  Add(out, {"--perms", "0444", "--file", std::to_string(plan.passwd_fd), std::string(kPasswdInside)});
  Add(out, {"--perms", "0444", "--file", std::to_string(plan.group_fd), std::string(kGroupInside)});
}

void AddOwn(std::vector<std::string>& out, const SandboxPlan& plan) {
  Add(out, {"--ro-bind", plan.init_program.string(), std::string(kInitInside)});
  // All that it may write beside its mounts is in memory, of a stated size, and counts with its memory.
  const std::string size = MemoryFileSystemBytes(plan.spec);
  Add(out, {"--perms", "1777", "--size", size, "--tmpfs", "/tmp"});
  if (plan.root.empty()) Add(out, {"--perms", "0755", "--dir", "/var", "--symlink", "../tmp", "/var/tmp"});
  Add(out, {"--perms", "1777", "--size", size, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"});
}

// Bubblewrap would make them for its own user only.
void AddParents(std::vector<std::string>& out, const Path& target, std::set<std::string>& made) {
  const Path parent = target.parent_path();
  if (parent == parent.root_path() || parent.empty() || !made.insert(parent.string()).second) return;
  AddParents(out, parent, made);
  Add(out, {"--perms", "0755", "--dir", parent.string()});
}

}  // namespace

std::vector<std::string> BubblewrapArguments(const SandboxPlan& plan) {
  std::vector<std::string> out{"bwrap",
                               "--die-with-parent",
                               "--as-pid-1",
                               "--unshare-pid",
                               "--unshare-ipc",
                               "--unshare-uts",
                               "--unshare-cgroup-try",
                               "--hostname",
                               GangHostName(plan.spec.gang ? plan.spec.gang->host : 0),
                               "--clearenv"};
  if (!plan.spec.gang) Add(out, {"--unshare-net"});
  if (plan.spec.user) {
    // Until the first process inside takes the workload's user, and with it loses them.
    Add(out, {"--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP",
              "--cap-add", "CAP_NET_ADMIN", "--cap-add", "CAP_NET_BIND_SERVICE"});
  } else {
    const std::string user = std::to_string(kWorkloadUserInside);
    // With the one, it gives up the others for good.
    Add(out, {"--unshare-user", "--uid", user, "--gid", user, "--cap-add", "CAP_SETPCAP"});
  }
  if (plan.root.empty()) {
    Add(out, {"--perms", "0755", "--dir", "/run"});
    AddSystem(out);
    AddHostEtc(out, plan);
  } else {
    Add(out, {"--bind", plan.root.string(), "/"});  // What is mounted below has its place there (StageRoot).
  }
  Add(out, {"--proc", "/proc", "--dev", "/dev"});
  for (const Path& device : plan.spec.devices) {
    Add(out, {"--dev-bind", device.string(), (Path("/dev") / device.filename()).string()});
  }
  AddOwn(out, plan);
  // Before the mounts, some of which lie in it, and after the system, which may hold it.
  const std::string hidden = plan.root.empty() ? plan.hidden.string() : "";
  if (hidden.starts_with("/usr/") || hidden.starts_with("/etc/")) Add(out, {"--tmpfs", hidden});
  std::set<std::string> made{"/usr", "/proc", "/dev", "/tmp", "/etc"};
  for (const Mount& mount : plan.spec.mounts) {
    AddParents(out, mount.target, made);
    Add(out, {mount.read_only ? "--ro-bind" : "--bind", mount.source.string(), mount.target.string()});
  }
  if (!std::holds_alternative<LayeredRoot>(plan.spec.root)) Add(out, {"--remount-ro", "/"});
  Add(out, {"--seccomp", std::to_string(plan.filter_fd), "--", std::string(kInitInside), "init"});
  return out;
}

std::string PasswdFile(const WorkloadSpec& spec) {
  const std::uint32_t user = spec.user.value_or(kWorkloadUserInside);
  return fmt::format(
      "root:x:0:0:root:/root:/usr/sbin/nologin\n"
      "sagebrush:x:{}:{}::/tmp:/bin/sh\n"
      "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n",
      user, user);
}

std::string GroupFile(const WorkloadSpec& spec) {
  return fmt::format("root:x:0:\nsagebrush:x:{}:\nnogroup:x:65534:\n", spec.user.value_or(kWorkloadUserInside));
}

std::vector<std::string> WorkloadEnvironment(const WorkloadSpec& spec) {
  std::map<std::string, std::string> all{
      {"PATH", "/opt/sagebrush/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
      {"HOME", "/tmp"},
      {"LANG", "C.UTF-8"},
      {"OMP_NUM_THREADS", std::to_string(std::max(1L, std::lround(spec.cpus)))},
  };
  for (const auto& [name, value] : spec.environment) all[name] = value;
  std::vector<std::string> out;
  for (const auto& [name, value] : all) out.push_back(name + "=" + value);
  return out;
}

}  // namespace sagebrush::runtime
