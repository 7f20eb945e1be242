#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"

namespace sagebrush::runtime {

// One message of a Unix sequenced-packet socket, with the descriptor that came with it, if any.
struct Packet {
  std::string text;
  FileDescriptor fd;
};

enum class ReceiveStatus { kPacket, kNothing, kClosed };

// Two connected sockets, close-on-exec.
std::pair<FileDescriptor, FileDescriptor> MakePacketSockets();
// Sends without waiting. False: the peer is gone, or has not read for long.
bool SendPacket(int socket, std::string_view text, int fd = -1);
// Texts up to 4,096 bytes. kNothing: none is there (a socket that does not block) or the socket's time limit passed.
ReceiveStatus ReceivePacket(int socket, Packet& packet);

// The control socket of the workload whose files are in `directory`, whatever the length of that path.
FileDescriptor ListenForControl(const Path& directory);
// Invalid when nobody listens there.
FileDescriptor ConnectToControl(const Path& directory);

}  // namespace sagebrush::runtime
