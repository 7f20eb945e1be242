#include "runtime/packet.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace sagebrush::runtime {
namespace {

constexpr std::size_t kTextMax = 4096;

// Through /proc, because a socket's path may have 107 bytes only.
sockaddr_un ControlAddress(const FileDescriptor& directory) {
  sockaddr_un address{.sun_family = AF_UNIX};
  const std::string path = "/proc/self/fd/" + std::to_string(directory.get()) + "/control.sock";
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

}  // namespace

std::pair<FileDescriptor, FileDescriptor> MakePacketSockets() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) ThrowSystemError("Cannot make a socket pair");
  return {FileDescriptor(fds[0]), FileDescriptor(fds[1])};
}

bool SendPacket(int socket, std::string_view text, int fd) {
  iovec part{const_cast<char*>(text.data()), text.size()};
  msghdr message{.msg_iov = &part, .msg_iovlen = 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  ssize_t sent;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

ReceiveStatus ReceivePacket(int socket, Packet& packet) {
  packet.text.resize(kTextMax);
  packet.fd.Close();
  iovec part{packet.text.data(), packet.text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t received;
  do {
    received = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return ReceiveStatus::kNothing;
  if (received <= 0) return ReceiveStatus::kClosed;
  packet.text.resize(static_cast<std::size_t>(received));
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int fd;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    packet.fd = FileDescriptor(fd);
  }
  return ReceiveStatus::kPacket;
}

FileDescriptor ListenForControl(const Path& directory) {
  const FileDescriptor handle = OpenFile(directory, O_PATH | O_DIRECTORY);
  const sockaddr_un address = ControlAddress(handle);
  FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) ThrowSystemError("Cannot make a socket");
  ::unlinkat(handle.get(), "control.sock", 0);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 1024) != 0) {
    ThrowSystemError("Cannot listen at " + (directory / "control.sock").string());
  }
  return socket;
}

FileDescriptor ConnectToControl(const Path& directory) {
  const FileDescriptor handle(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!handle.valid()) return {};
  const sockaddr_un address = ControlAddress(handle);
  FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return {};
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

}  // namespace sagebrush::runtime
