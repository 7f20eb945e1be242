#pragma once

#include <string>
#include <vector>

#include "runtime/runtime.h"

namespace sagebrush::runtime {

// The user that a workload sees itself as where it has none of its own (WorkloadSpec::user): its user namespace knows
// no other.
inline constexpr std::uint32_t kWorkloadUserInside = 1000;

inline constexpr std::string_view kInitInside = "/run/sagebrush-init";
inline constexpr std::string_view kPasswdInside = "/run/sagebrush-passwd";
inline constexpr std::string_view kGroupInside = "/run/sagebrush-group";

// Where the files lie that all sandboxes share.
class SandboxFiles {
 public:
  explicit SandboxFiles(const Path& directory) : directory_(directory) {}

  // Writes them; repeated at each start of the server. Throws Error.
  void Write() const;
  const Path& directory() const { return directory_; }
  Path filter() const { return directory_ / "seccomp.bpf"; }
  Path etc(const char* name) const { return directory_ / "etc" / name; }

 private:
  Path directory_;
};

struct SandboxPlan {
  const WorkloadSpec& spec;
  const SandboxFiles& files;
  Path root;          // Its file system, put together (image_root.h); empty: the host's.
  Path init_program;  // This program, which becomes the first process inside.
  Path hidden;        // The server's data directory: not to be seen, wherever it lies.
  int filter_fd = -1;
  // What PasswdFile and GroupFile say.
  int passwd_fd = -1;
  int group_fd = -1;
  int hosts_fd = -1;  // What GangHostsFile says; of a host of a gang only, whose network namespace bwrap is run in.
};

inline constexpr std::string_view kHostsFile = "127.0.0.1\tlocalhost algo-1\n::1\tlocalhost\n";
std::string PasswdFile(const WorkloadSpec& spec);
std::string GroupFile(const WorkloadSpec& spec);

// The arguments of `bwrap`, up to and with the program that it runs. Looks at the host's file system.
std::vector<std::string> BubblewrapArguments(const SandboxPlan& plan);

// The environment that the workload begins with: a few defaults under what `spec` says.
std::vector<std::string> WorkloadEnvironment(const WorkloadSpec& spec);

}  // namespace sagebrush::runtime
