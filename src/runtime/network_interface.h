#pragma once

#include <netinet/in.h>

#include <cstdint>

namespace sagebrush::runtime {

// Interfaces of the network namespace that the caller is in. All return false, with errno, when that fails.
bool BringUp(const char* interface);
// The address takes the place of one that the interface had before.
bool SetAddress(const char* interface, const in_addr& address, std::uint32_t prefix_bits);
bool MakeBridge(const char* bridge);
bool JoinBridge(const char* bridge, const char* interface);
// Two interfaces, each the other's end: `interface` here, `peer` in the network namespace `peer_namespace` (a
// descriptor).
bool MakePair(const char* interface, const char* peer, int peer_namespace);

}  // namespace sagebrush::runtime
