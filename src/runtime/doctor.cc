#include "runtime/doctor.h"

#include <sched.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "base/error.h"
#include "runtime/cgroup.h"
#include "runtime/gang_network.h"
#include "runtime/gpus.h"

namespace sagebrush::runtime {
namespace {

Path FindProgram(const std::string& name) {
  std::istringstream directories("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  for (std::string directory; std::getline(directories, directory, ':');) {
    const Path path = Path(directory) / name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

// In a child, as it cannot be undone.
bool CanMakeUserNamespace() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 ? 0 : 1);
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

std::string FindObstacle() {
  if (FindProgram("bwrap").empty()) {
    return "No workload can run: the program bwrap is missing. Install the package bubblewrap.";
  }
  if (::geteuid() != 0 && !CanMakeUserNamespace()) {
    return "No workload can run: this user may not make namespaces. Run the server as root, or allow it: "
           "sysctl kernel.unprivileged_userns_clone=1 (Debian), kernel.apparmor_restrict_unprivileged_userns=0 "
           "(Ubuntu).";
  }
  return "";
}

Finding ExamineLimit(const Cgroup& cgroup, const std::string& controller, const std::string& subject,
                     const std::string& cost) {
  const auto& missing = cgroup.missing();
  const bool ok = std::find(missing.begin(), missing.end(), controller) == missing.end();
  if (ok) return {subject, true, "control group controller " + controller, ""};
  return {subject, false, cost,
          "Run the server as root, or, on a machine with control groups of version 2, in one of your own: "
          "systemd-run --user --scope sagebrush serve. The machine must have the control group controller " +
              controller + "."};
}

bool HasIdMappedMounts(const Path& data) {
  struct statfs status{};
  if (::statfs(data.c_str(), &status) != 0) return false;
  constexpr long kOverlay = 0x794c7630, kNfs = 0x6969;
  return status.f_type != kOverlay && status.f_type != kNfs;
}

}  // namespace

const std::string& WhatPreventsSandboxes() {
  static const std::string obstacle = FindObstacle();
  return obstacle;
}

const std::string& WhatPreventsGangs() {
  static const std::string obstacle = [] {
    try {
      MakeGangNetwork(1);
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  }();
  return obstacle;
}

std::vector<Finding> ExamineMachine(const Path& data) {
  std::vector<Finding> findings;
  const std::string& obstacle = WhatPreventsSandboxes();
  const std::string user =
      ::geteuid() == 0 ? "bubblewrap, as an unprivileged user of its own" : "bubblewrap, in a user namespace";
  findings.push_back(
      {"Sandbox", obstacle.empty(), obstacle.empty() ? user : obstacle, obstacle.empty() ? "" : "See there."});
  findings.push_back(
      {"Networks of several hosts", WhatPreventsGangs().empty(),
       WhatPreventsGangs().empty() ? "a bridge in a network namespace of their own" : WhatPreventsGangs(),
       WhatPreventsGangs().empty() ? "" : "Load the kernel's modules bridge and veth."});
  const std::size_t gpus = Gpus().count();
  findings.push_back(
      {"GPUs", true, gpus == 0 ? "none" : std::to_string(gpus) + " of NVIDIA, each for one workload", ""});
  Cgroup cgroup("doctor-" + std::to_string(::getpid()));
  cgroup.Create({1, 1 << 28, 64});
  findings.push_back(
      ExamineLimit(cgroup, "cpu", "CPU limits", "A workload may use all CPUs, whatever its instance type."));
  findings.push_back(
      ExamineLimit(cgroup, "memory", "Memory limits",
                   "Each process of a workload is limited, not all of them together, and running out of memory "
                   "is reported as a plain failure."));
  findings.push_back(
      ExamineLimit(cgroup, "pids", "Process limits", "The processes of all workloads are limited together."));
  cgroup.Remove();
  findings.push_back({"Disk limits", true,
                      "measured up to a hundred times a second; a fast writer may go some hundred megabytes over", ""});
  if (::geteuid() == 0 && !HasIdMappedMounts(data)) {
    findings.push_back({"File ownership", false,
                        "The file system of " + data.string() +
                            " has no id-mapped mounts: a workload's files change their owner, "
                            "which takes time with many files.",
                        "Keep the data directory on ext4, xfs or btrfs."});
  }
  return findings;
}

}  // namespace sagebrush::runtime
