#include <unistd.h>

#include <algorithm>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "gateway/stream.h"

namespace sagebrush::gateway {
namespace {

constexpr std::size_t kFilePieceBytes = 64 * 1024;
constexpr Milliseconds kShutdownMax{2'000};

class TlsStream final : public Stream {
 public:
  TlsStream(Socket socket, asio::ssl::context& context, TimerWheel& wheel)
      : Stream(wheel), stream_(std::move(socket), context) {
    boost::system::error_code ignored;
    stream_.lowest_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  Task<std::size_t> Read(char* data, std::size_t size) override {
    if (!established_ && !co_await Handshake()) co_return 0;
    if (expired()) co_return 0;
    const auto [failure, count] = co_await stream_.async_read_some(asio::buffer(data, size), kAwait);
    co_return failure || expired() ? 0 : count;
  }

  Task<bool> Write(std::string_view head, std::string_view body, Milliseconds stall_max) override {
    if (body.size() <= kFilePieceBytes) {  // One record, one segment.
      joined_.assign(head).append(body);
      co_return co_await WriteAll(joined_, stall_max);
    }
    if (!co_await WriteAll(head, stall_max)) co_return false;
    co_return co_await WriteAll(body, stall_max);
  }

  Task<bool> SendFile(const wire::FileSlice& slice, Milliseconds stall_max) override {
    std::vector<char> piece(kFilePieceBytes);
    std::uint64_t sent = 0;
    while (sent < slice.length) {
      const auto wanted = std::min<std::uint64_t>(slice.length - sent, piece.size());
      const ssize_t count = ::pread(slice.file->get(), piece.data(), wanted, static_cast<off_t>(slice.offset + sent));
      if (count <= 0) co_return false;
      if (!co_await WriteAll({piece.data(), static_cast<std::size_t>(count)}, stall_max)) co_return false;
      sent += static_cast<std::uint64_t>(count);
    }
    co_return true;
  }

  Task<void> ShutdownWrite() override {
    if (established_ && !expired()) {
      SetDeadline(kShutdownMax);
      co_await stream_.async_shutdown(kAwait);
    }
    boost::system::error_code ignored;
    stream_.lowest_layer().shutdown(Socket::shutdown_send, ignored);
  }

  void Cancel() override {
    boost::system::error_code ignored;
    stream_.lowest_layer().cancel(ignored);
  }

  std::string_view TlsVersion() const override {
    return SSL_version(const_cast<asio::ssl::stream<Socket>&>(stream_).native_handle()) == TLS1_3_VERSION ? "1.3"
                                                                                                          : "1.2";
  }

  Socket& socket() override { return stream_.next_layer(); }

 private:
  Task<bool> Handshake() {
    if (expired()) co_return false;
    const auto [failure] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
    established_ = !failure && !expired();
    co_return established_;
  }

  Task<bool> WriteAll(std::string_view bytes, Milliseconds stall_max) {
    while (!bytes.empty()) {
      if (expired()) co_return false;
      SetDeadline(stall_max);
      const auto [failure, count] = co_await stream_.async_write_some(asio::buffer(bytes.data(), bytes.size()), kAwait);
      if (failure) co_return false;
      bytes.remove_prefix(count);
    }
    co_return true;
  }

  asio::ssl::stream<Socket> stream_;
  std::string joined_;
  bool established_ = false;
};

}  // namespace

std::unique_ptr<Stream> MakeTlsStream(Socket socket, asio::ssl::context& context, TimerWheel& wheel) {
  return std::make_unique<TlsStream>(std::move(socket), context, wheel);
}

}  // namespace sagebrush::gateway
