#pragma once

#include <string>
#include <vector>

#include "runtime/runtime.h"

namespace sagebrush::runtime {

// The user that a workload runs as when the server is root; it owns nothing on the host.
inline constexpr unsigned kWorkloadUser = 64738;
// The user that a workload sees itself as otherwise, in a user namespace.
inline constexpr unsigned kWorkloadUserInside = 1000;

inline constexpr std::string_view kInitInside = "/run/sagebrush-init";

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
  Path init_program;  // This program, which becomes the first process inside.
  Path hidden;        // The server's data directory: not to be seen, wherever it lies.
  bool root = false;  // Else in a user namespace.
  int filter_fd = -1;
};

// The arguments of `bwrap`, up to and with the program that it runs. Looks at the host's file system.
std::vector<std::string> BubblewrapArguments(const SandboxPlan& plan);

// The environment that the workload begins with: a few defaults under what `spec` says.
std::vector<std::string> WorkloadEnvironment(const WorkloadSpec& spec);

}  // namespace sagebrush::runtime
