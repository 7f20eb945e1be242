#include "gateway/proxy_rules.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "runtime/workload_address.h"

namespace sagebrush::gateway {
namespace {

namespace ip = boost::asio::ip;

struct RangeV4 {
  std::uint32_t first;
  int bits;
};

// IANA's special-purpose registry, without the ranges for documentation: those are nobody's own network.
constexpr std::array<RangeV4, 11> kNotPublicV4{{
    {0x00000000, 8},   // "This network".
    {0x0A000000, 8},   // Private.
    {0x64400000, 10},  // Shared by a provider's customers.
    {0x7F000000, 8},   // Loopback.
    {0xA9FE0000, 16},  // Link-local: instance metadata.
    {0xAC100000, 12},  // Private.
    {0xC0000000, 24},  // Protocol assignments.
    {0xC0A80000, 16},  // Private.
    {0xC6120000, 15},  // Benchmarks of networks.
    {0xE0000000, 4},   // Multicast.
    {0xF0000000, 4},   // Reserved; broadcast.
}};

bool IsPublicV4(const ip::address_v4& address) {
  return std::none_of(kNotPublicV4.begin(), kNotPublicV4.end(), [&](const RangeV4& range) {
    return (address.to_uint() ^ range.first) >> (32 - range.bits) == 0;
  });
}

ip::address_v4 LastFourBytes(const ip::address_v6::bytes_type& bytes) {
  return ip::address_v4({bytes[12], bytes[13], bytes[14], bytes[15]});
}

// 64:ff9b::/96: how a host that has IPv6 only reaches the IPv4 address in the last four bytes.
bool IsNat64(const ip::address_v6::bytes_type& bytes) {
  static constexpr std::array<unsigned char, 12> kPrefix{0, 0x64, 0xff, 0x9b};
  return std::equal(kPrefix.begin(), kPrefix.end(), bytes.begin());
}

bool IsPublicV6(const ip::address_v6& address) {
  const auto bytes = address.to_bytes();
  if (address.is_v4_mapped() || IsNat64(bytes)) return IsPublicV4(LastFourBytes(bytes));
  const unsigned first = bytes[0] << 8 | bytes[1];
  if (first >> 13 != 1) return false;                            // 2000::/3 is what is routed.
  if (first == 0x2002) return false;                             // 6to4.
  return first != 0x2001 || (bytes[2] << 8 | bytes[3]) > 0x1ff;  // 2001::/23: Teredo and other assignments.
}

// The address behind the IPv6 forms of IPv4 ones, so that one comparison finds both.
ip::address Plain(const ip::address& address) {
  if (!address.is_v6()) return address;
  const auto bytes = address.to_v6().to_bytes();
  if (address.to_v6().is_v4_mapped() || IsNat64(bytes)) return LastFourBytes(bytes);
  return ip::address_v6(bytes);  // Without the scope.
}

bool Contains(const std::vector<ip::address>& addresses, const ip::address& address) {
  return std::find(addresses.begin(), addresses.end(), Plain(address)) != addresses.end();
}

template <typename Network, typename Address>
bool IsIn(const std::vector<Network>& networks, const Address& address) {
  return std::any_of(networks.begin(), networks.end(), [&](const Network& network) {
    return Network(address, network.prefix_length()).canonical() == network.canonical();
  });
}

}  // namespace

bool IsPublicAddress(const ip::address& address) {
  return address.is_v4() ? IsPublicV4(address.to_v4()) : IsPublicV6(address.to_v6());
}

std::vector<ip::address> OwnAddresses() {
  std::vector<ip::address> addresses;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) throw Error(kInternalFailure, "Cannot list the machine's network addresses.");
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> held(list, &::freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    if (entry->ifa_addr->sa_family == AF_INET) {
      sockaddr_in v4{};
      std::memcpy(&v4, entry->ifa_addr, sizeof v4);
      addresses.emplace_back(ip::address_v4(ntohl(v4.sin_addr.s_addr)));
    } else if (entry->ifa_addr->sa_family == AF_INET6) {
      sockaddr_in6 v6{};
      std::memcpy(&v6, entry->ifa_addr, sizeof v6);
      ip::address_v6::bytes_type bytes;
      std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
      addresses.emplace_back(ip::address_v6(bytes));
    }
  }
  return addresses;
}

std::string_view WhyNotTo(const ip::address& to, const std::vector<ip::address>& own) {
  if (to.is_loopback() || to.is_unspecified() || Contains(own, to)) return "it is this machine";
  return IsPublicAddress(to) ? "" : "it is no public address";
}

ProxyClients::ProxyClients(const std::vector<std::string>& allowed) {
  for (const std::string& text : allowed) {
    if (text == "jobs") {
      jobs_ = true;
      continue;
    }
    boost::system::error_code no_v4;
    boost::system::error_code no_v6;
    const auto v4 = ip::make_network_v4(text, no_v4);
    const auto v6 = ip::make_network_v6(text, no_v6);
    if (!no_v4) networks_v4_.push_back(v4.canonical());
    if (!no_v6) networks_v6_.push_back(v6.canonical());
    if (no_v4 && no_v6) {
      throw Error(kValidation,
                  "'" + text + "' names no clients of the proxy. Give a network such as 10.1.0.0/16, or jobs.");
    }
  }
}

bool ProxyClients::Serve(const ip::address& given, const std::vector<ip::address>& own) const {
  const ip::address peer = Plain(given);
  if (peer == ip::make_address(runtime::kWorkloadAddress)) return jobs_;
  if (peer.is_loopback() || Contains(own, peer)) return true;
  return peer.is_v4() ? IsIn(networks_v4_, peer.to_v4()) : IsIn(networks_v6_, peer.to_v6());
}

}  // namespace sagebrush::gateway
