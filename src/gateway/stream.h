#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ssl/context.hpp>

#include "base/clock.h"
#include "base/timer_wheel.h"
#include "gateway/asio.h"
#include "wire/http.h"

namespace sagebrush::gateway {

// The bytes of one connection, plain or TLS, under a deadline. Belongs to one I/O thread.
class Stream {
 public:
  explicit Stream(TimerWheel& wheel) : wheel_(wheel), deadline_([this] { Expire(); }) {}
  virtual ~Stream() = default;

  // Bytes read. 0: the peer closed, the deadline passed, Cancel was called or the connection failed.
  virtual Task<std::size_t> Read(char* data, std::size_t size) = 0;
  // False when not everything could be sent. Each piece sent renews a deadline of `stall_max`.
  virtual Task<bool> Write(std::string_view head, std::string_view body, Milliseconds stall_max) = 0;
  virtual Task<bool> SendFile(const wire::FileSlice& slice, Milliseconds stall_max) = 0;
  // Tells the peer that nothing more will be sent.
  virtual Task<void> ShutdownWrite() = 0;
  // Ends a Read or Write under way.
  virtual void Cancel() = 0;
  // "1.2", "1.3"; empty: nothing is encrypted.
  virtual std::string_view TlsVersion() const { return {}; }
  // The TCP connection underneath.
  virtual Socket& socket() = 0;

  // From now on everything must be done within `time`, until set again. After it has passed, all operations fail.
  void SetDeadline(Milliseconds time) { wheel_.Arm(deadline_, time); }
  void ClearDeadline() { wheel_.Disarm(deadline_); }
  // As if the deadline had passed now.
  void Expire() {
    expired_ = true;
    Cancel();
  }
  bool expired() const { return expired_; }
  // Forgets that the deadline has passed: for a last word to the client, under a deadline of its own.
  void Revive() { expired_ = false; }
  TimerWheel& wheel() { return wheel_; }

 private:
  TimerWheel& wheel_;
  TimerWheel::Timer deadline_;
  bool expired_ = false;
};

std::unique_ptr<Stream> MakePlainStream(Socket socket, TimerWheel& wheel);
// The handshake is made by the first Read.
std::unique_ptr<Stream> MakeTlsStream(Socket socket, asio::ssl::context& context, TimerWheel& wheel);

}  // namespace sagebrush::gateway
