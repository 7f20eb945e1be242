#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/file.h"
#include "wire/http_parser.h"

namespace sagebrush::gateway {

// A client that sends exactly the bytes it is told to, for tests.
class TestClient {
 public:
  explicit TestClient(const std::string& address) : TestClient(address, 0) {}
  TestClient(const std::string& address, int receive_buffer_bytes) {
    socket_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer_bytes > 0) {
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    const timeval limit{20, 0};  // A hang fails the test instead of stopping it.
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    const std::size_t colon = address.rfind(':');
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }

  int fd() const { return socket_.get(); }
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  void CloseWrite() { ::shutdown(socket_.get(), SHUT_WR); }

  struct Reply {
    int status = 0;  // 0: the connection ended before a whole reply.
    wire::Headers headers;
    std::string body;
    std::string Header(std::string_view name) const { return std::string(headers.GetOr(name, "")); }
  };

  // The next reply.
  Reply Receive(bool head_only = false) {
    wire::HttpParser parser(wire::HttpParser::Kind::kResponse);
    Reply reply;
    while (!parser.done() && !(head_only && parser.head_done())) {
      const std::size_t taken = parser.Put(input_, reply.body);
      input_.erase(0, taken);
      if (taken == 0 && !ReceiveMore()) return {};
    }
    reply.status = parser.status;
    reply.headers = parser.headers;
    return reply;
  }
  // The raw bytes of one line.
  std::string ReceiveLine() {
    while (input_.find('\n') == std::string::npos) {
      if (!ReceiveMore()) return "";
    }
    std::string line = input_.substr(0, input_.find('\n') + 1);
    input_.erase(0, line.size());
    return line;
  }
  // Whether the server has sent something by now, or closed.
  bool HasSomething() const {
    char byte = 0;
    return !input_.empty() || ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
  }
  // Whether the server closes without sending anything more.
  bool IsClosed() { return input_.empty() && !ReceiveMore(); }
  std::string ReceiveAll() {
    while (ReceiveMore()) {
    }
    return std::exchange(input_, "");
  }

 private:
  bool ReceiveMore() {
    char piece[65536];
    const ssize_t count = ::recv(socket_.get(), piece, sizeof piece, 0);
    if (count > 0) input_.append(piece, static_cast<std::size_t>(count));
    if (count < 0 && errno == EAGAIN) ADD_FAILURE() << "The server did not answer within 20 s";
    return count > 0;
  }

  FileDescriptor socket_;
  std::string input_;
};

}  // namespace sagebrush::gateway
