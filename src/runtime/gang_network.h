#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/file.h"

namespace sagebrush::runtime {

// As many as AWS gives a job.
inline constexpr std::size_t kGangHostsMax = 100;
// What each host sees the network as.
inline constexpr const char* kGangInterface = "eth0";

// The network between the hosts of a gang: a network namespace for each, and one more, the hub, in which no process
// runs and whose bridge joins them. Nothing else is in it, so that nothing else can be reached: not this machine, not
// another gang. It has no name outside: once the last descriptor is closed and the last process in it has ended, the
// kernel removes it with all its interfaces.
struct GangNetwork {
  FileDescriptor hub;  // To be held by each who is in it: the bridge goes with the last.
  std::vector<FileDescriptor> hosts;
};

// Makes one in namespaces of this user, who need not be root. Throws Error that says what the machine lacks. Takes
// about a millisecond a host. Forks.
GangNetwork MakeGangNetwork(std::size_t hosts);

// Moves the calling process, which must have one thread, into a host's namespace and, where that is another, into the
// user namespace that it belongs to. Throws Error.
void EnterGangNetwork(int host);

// "algo-1" for host 0.
std::string GangHostName(std::size_t host);
// /etc/hosts of each: its own name and those of the others.
std::string GangHostsFile(std::size_t hosts);

}  // namespace sagebrush::runtime
