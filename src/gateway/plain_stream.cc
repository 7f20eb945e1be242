#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include "gateway/stream.h"

namespace sagebrush::gateway {
namespace {

constexpr std::size_t kFilePieceBytes = 1024 * 1024;

class PlainStream final : public Stream {
 public:
  PlainStream(Socket socket, TimerWheel& wheel) : Stream(wheel), socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.native_non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  Task<std::size_t> Read(char* data, std::size_t size) override {
    if (expired()) co_return 0;
    const auto [failure, count] = co_await socket_.async_read_some(asio::buffer(data, size), kAwait);
    co_return failure || expired() ? 0 : count;
  }

  // Sends straight away: nearly every reply fits the socket's buffer, and then no trip through the loop is needed.
  Task<bool> Write(std::string_view head, std::string_view body, Milliseconds stall_max) override {
    while (!head.empty() || !body.empty()) {
      if (expired()) co_return false;
      const ssize_t sent = Send(head, body);
      if (sent < 0 && errno != EAGAIN && errno != EINTR) co_return false;
      if (sent < 0) {
        SetDeadline(stall_max);
        if (!co_await WaitWritable()) co_return false;
        continue;
      }
      const auto from_head = std::min(static_cast<std::size_t>(sent), head.size());
      head.remove_prefix(from_head);
      body.remove_prefix(static_cast<std::size_t>(sent) - from_head);
    }
    co_return true;
  }

  Task<bool> SendFile(const wire::FileSlice& slice, Milliseconds stall_max) override {
    auto offset = static_cast<off_t>(slice.offset);
    const auto end = static_cast<off_t>(slice.offset + slice.length);
    while (offset < end) {
      if (expired()) co_return false;
      const auto piece = std::min<std::size_t>(static_cast<std::size_t>(end - offset), kFilePieceBytes);
      const ssize_t sent = ::sendfile(socket_.native_handle(), slice.file->get(), &offset, piece);
      if (sent == 0 || (sent < 0 && errno != EAGAIN && errno != EINTR)) co_return false;  // 0: the file is shorter.
      SetDeadline(stall_max);
      if (sent < 0) {
        if (!co_await WaitWritable()) co_return false;
      } else {
        co_await asio::post(socket_.get_executor(), kAwait);  // Others get their turn.
      }
    }
    co_return true;
  }

  Task<void> ShutdownWrite() override {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    co_return;
  }

  void Cancel() override {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }

  Socket& socket() override { return socket_; }

 private:
  ssize_t Send(std::string_view head, std::string_view body) {
    std::array<iovec, 2> parts{
        {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  Task<bool> WaitWritable() {
    const auto [failure] = co_await socket_.async_wait(Socket::wait_write, kAwait);
    co_return !failure && !expired();
  }

  Socket socket_;
};

}  // namespace

std::unique_ptr<Stream> MakePlainStream(Socket socket, TimerWheel& wheel) {
  return std::make_unique<PlainStream>(std::move(socket), wheel);
}

}  // namespace sagebrush::gateway
