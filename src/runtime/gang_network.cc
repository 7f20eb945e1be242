#include "runtime/gang_network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "runtime/network_interface.h"
#include "runtime/packet.h"

namespace sagebrush::runtime {
namespace {

// 198.18.0.0/15 is for networks that are joined to no other (RFC 2544).
constexpr std::uint32_t kFirstAddress = 0xc612'0001;
constexpr std::uint32_t kPrefixBits = 24;
constexpr const char* kBridge = "hub";

in_addr AddressOf(std::size_t host) { return {htonl(kFirstAddress + static_cast<std::uint32_t>(host))}; }

[[noreturn]] void Fail(const char* what) {
  const std::string why = std::strerror(errno);
  throw Error(kInternalFailure, fmt::format("No network between several hosts can be made here: {}: {}. The machine "
                                            "must have network namespaces, bridges and veth interfaces.",
                                            what, why));
}

void WriteIfThere(const char* file, std::string_view text) {
  const FileDescriptor opened(::open(file, O_WRONLY | O_CLOEXEC));
  if (opened.valid() && ::write(opened.get(), text.data(), text.size()) < 0) return;
}

// A user who may not make network namespaces makes them in a user namespace, which knows that user only.
void EnterNewUserNamespace() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(CLONE_NEWUSER) != 0) Fail("a user namespace");
  WriteIfThere("/proc/self/setgroups", "deny");
  WriteIfThere("/proc/self/uid_map", fmt::format("{} {} 1", user, user));
  WriteIfThere("/proc/self/gid_map", fmt::format("{} {} 1", group, group));
}

FileDescriptor EnterNewNetworkNamespace() {
  if (::unshare(CLONE_NEWNET) != 0) Fail("a network namespace");
  FileDescriptor handle(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!handle.valid()) Fail("/proc/self/ns/net");
  // Names lead to the addresses below, so that nobody needs any other.
  WriteIfThere("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
  return handle;
}

void Enter(const FileDescriptor& network) {
  if (::setns(network.get(), CLONE_NEWNET) != 0) Fail("the way into a network namespace");
}

// In the hub; afterwards too.
FileDescriptor MakeHost(const FileDescriptor& hub, std::size_t number) {
  FileDescriptor host = EnterNewNetworkNamespace();
  if (!BringUp("lo")) Fail("the loopback");
  Enter(hub);
  const std::string port = "host" + std::to_string(number + 1);
  if (!MakePair(port.c_str(), kGangInterface, host.get())) Fail("a veth interface");
  if (!JoinBridge(kBridge, port.c_str()) || !BringUp(port.c_str())) Fail("a port of the bridge");
  Enter(host);
  if (!SetAddress(kGangInterface, AddressOf(number), kPrefixBits) || !BringUp(kGangInterface)) Fail("an address");
  Enter(hub);
  return host;
}

// In a process of its own, for it does not come back from there. The descriptors go to `parent`: hub, host after host.
void MakeInChild(std::size_t hosts, int parent) {
  if (::unshare(CLONE_NEWNET) != 0) EnterNewUserNamespace();
  const FileDescriptor hub = EnterNewNetworkNamespace();
  if (!MakeBridge(kBridge) || !BringUp(kBridge)) Fail("a bridge");
  if (!SendPacket(parent, "made", hub.get())) Fail("the way back");
  for (std::size_t i = 0; i < hosts; ++i) {
    if (!SendPacket(parent, "made", MakeHost(hub, i).get())) Fail("the way back");
  }
}

}  // namespace

GangNetwork MakeGangNetwork(std::size_t hosts) {
  auto [ours, theirs] = MakePacketSockets();
  const pid_t child = ::fork();
  if (child < 0) ThrowSystemError("Cannot fork");
  if (child == 0) {
    try {
      ours.Close();
      MakeInChild(hosts, theirs.get());
    } catch (const std::exception& error) {
      SendPacket(theirs.get(), error.what());
    }
    ::_exit(0);
  }
  theirs.Close();
  std::vector<FileDescriptor> made;
  std::string failure;
  for (Packet packet; ReceivePacket(ours.get(), packet) == ReceiveStatus::kPacket;) {
    if (packet.fd.valid()) {
      made.push_back(std::move(packet.fd));
    } else {
      failure = packet.text;
    }
  }
  ::waitpid(child, nullptr, 0);
  if (made.size() != hosts + 1) {
    throw Error(kInternalFailure, failure.empty() ? "The network between several hosts was not made." : failure);
  }
  GangNetwork network{std::move(made.front()), {}};
  for (std::size_t i = 1; i < made.size(); ++i) network.hosts.push_back(std::move(made[i]));
  return network;
}

void EnterGangNetwork(int host) {
  const FileDescriptor owner(::ioctl(host, NS_GET_USERNS));
  struct stat theirs{}, ours{};
  if (!owner.valid() || ::fstat(owner.get(), &theirs) != 0 || ::stat("/proc/self/ns/user", &ours) != 0) {
    ThrowSystemError("Cannot find the owner of the gang's network");
  }
  if (theirs.st_ino != ours.st_ino && ::setns(owner.get(), CLONE_NEWUSER) != 0) {
    ThrowSystemError("Cannot enter the user namespace of the gang's network");
  }
  if (::setns(host, CLONE_NEWNET) != 0) ThrowSystemError("Cannot enter the gang's network");
}

std::string GangHostName(std::size_t host) { return "algo-" + std::to_string(host + 1); }

std::string GangHostsFile(std::size_t hosts) {
  std::string text = "127.0.0.1\tlocalhost\n::1\tlocalhost\n";
  for (std::size_t i = 0; i < hosts; ++i) {
    char address[INET_ADDRSTRLEN];
    const in_addr of_host = AddressOf(i);
    text += fmt::format("{}\t{}\n", ::inet_ntop(AF_INET, &of_host, address, sizeof address), GangHostName(i));
  }
  return text;
}

}  // namespace sagebrush::runtime
