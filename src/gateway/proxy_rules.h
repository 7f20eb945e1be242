#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

namespace sagebrush::gateway {

// Whether an address is reached over the public network. Not so: loopback, link-local, private and shared ranges,
// multicast, reserved and unspecified ones, and any of these inside an IPv6 address (mapped, NAT64). Of IPv6 only
// global unicast addresses count, and no tunnels (6to4, Teredo), whose far end is not known.
bool IsPublicAddress(const boost::asio::ip::address& address);

// The addresses of this machine's interfaces, as they are now.
std::vector<boost::asio::ip::address> OwnAddresses();

// Why the proxy does not connect to an address; empty: it does. `own` are the machine's addresses.
std::string_view WhyNotTo(const boost::asio::ip::address& to, const std::vector<boost::asio::ip::address>& own);

// Whom the proxy serves. Immutable.
class ProxyClients {
 public:
  // `allowed`: networks ("10.1.0.0/16", "2001:db8::/32") and the word "jobs". Throws Error(kValidation).
  explicit ProxyClients(const std::vector<std::string>& allowed);

  // Programs on this machine always; workloads and others as allowed. `own` are the machine's addresses.
  bool Serve(const boost::asio::ip::address& peer, const std::vector<boost::asio::ip::address>& own) const;

 private:
  bool jobs_ = false;
  std::vector<boost::asio::ip::network_v4> networks_v4_;
  std::vector<boost::asio::ip::network_v6> networks_v6_;
};

}  // namespace sagebrush::gateway
