#include "runtime/network_interface.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "base/file.h"

namespace sagebrush::runtime {
namespace {

ifreq RequestFor(const char* interface) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
  return request;
}

bool Ask(unsigned long what, void* argument) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return socket.valid() && ::ioctl(socket.get(), what, argument) == 0;
}

// A message of rtnetlink, whose attributes may hold others.
class LinkMessage {
 public:
  LinkMessage() {
    const nlmsghdr header{.nlmsg_type = RTM_NEWLINK,
                          .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL};
    Append(&header, sizeof header);
    AppendLink();
  }

  void Add(std::uint16_t type, const void* value, std::size_t size) {
    const std::size_t attribute = Open(type);
    Append(value, size);
    Close(attribute);
  }
  void Add(std::uint16_t type, const char* text) { Add(type, text, std::strlen(text) + 1); }
  // Returns what Close takes.
  std::size_t Open(std::uint16_t type) {
    const rtattr header{.rta_type = type};
    const std::size_t at = bytes_.size();
    Append(&header, sizeof header);
    return at;
  }
  void Close(std::size_t attribute) {
    const auto length = static_cast<std::uint16_t>(bytes_.size() - attribute);
    std::memcpy(bytes_.data() + attribute + offsetof(rtattr, rta_len), &length, sizeof length);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }
  void AppendLink() {
    const ifinfomsg link{.ifi_family = AF_UNSPEC};
    Append(&link, sizeof link);
  }

  bool Send() {
    const auto length = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
    const FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!socket.valid() || ::send(socket.get(), bytes_.data(), bytes_.size(), 0) < 0) return false;
    alignas(nlmsghdr) char answer[4096];
    const ssize_t size = ::recv(socket.get(), answer, sizeof answer, 0);
    if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr)))) return false;
    nlmsgerr result;
    std::memcpy(&result, answer + NLMSG_HDRLEN, sizeof result);
    errno = -result.error;
    return result.error == 0;
  }

 private:
  void Append(const void* value, std::size_t size) { bytes_.append(static_cast<const char*>(value), size); }

  std::string bytes_;
};

}  // namespace

bool BringUp(const char* interface) {
  ifreq request = RequestFor(interface);
  if (!Ask(SIOCGIFFLAGS, &request)) return false;
  request.ifr_flags |= IFF_UP;
  return Ask(SIOCSIFFLAGS, &request);
}

bool SetAddress(const char* interface, const in_addr& address, std::uint32_t prefix_bits) {
  sockaddr_in value{.sin_family = AF_INET, .sin_addr = address};
  ifreq request = RequestFor(interface);
  std::memcpy(&request.ifr_addr, &value, sizeof value);
  if (!Ask(SIOCSIFADDR, &request)) return false;
  value.sin_addr.s_addr = htonl(prefix_bits == 0 ? 0 : ~0u << (32 - prefix_bits));
  std::memcpy(&request.ifr_netmask, &value, sizeof value);
  return Ask(SIOCSIFNETMASK, &request);
}

bool MakeBridge(const char* bridge) {
  char name[IFNAMSIZ] = {};
  std::strncpy(name, bridge, sizeof name - 1);
  return Ask(SIOCBRADDBR, name);
}

bool JoinBridge(const char* bridge, const char* interface) {
  ifreq request = RequestFor(bridge);
  request.ifr_ifindex = static_cast<int>(::if_nametoindex(interface));
  return request.ifr_ifindex != 0 && Ask(SIOCBRADDIF, &request);
}

bool MakePair(const char* interface, const char* peer, int peer_namespace) {
  LinkMessage message;
  message.Add(IFLA_IFNAME, interface);
  const std::size_t info = message.Open(IFLA_LINKINFO);
  message.Add(IFLA_INFO_KIND, "veth");
  const std::size_t data = message.Open(IFLA_INFO_DATA);
  const std::size_t other_end = message.Open(VETH_INFO_PEER);
  message.AppendLink();
  message.Add(IFLA_IFNAME, peer);
  message.Add(IFLA_NET_NS_FD, &peer_namespace, sizeof peer_namespace);
  message.Close(other_end);
  message.Close(data);
  message.Close(info);
  return message.Send();
}

}  // namespace sagebrush::runtime
