#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "serving/http_message.h"

namespace sagebrush::serving {

class RequestHandler;
using TimePoint = std::chrono::steady_clock::time_point;

// The server's side of one connection, without its socket: bytes in, replies out, in order. Not thread-safe.
class HttpConnection {
 public:
  HttpConnection(RequestHandler& handler, std::size_t body_bytes_max)
      : handler_(handler), body_bytes_max_(body_bytes_max) {}

  // Takes what was received, and answers every request that is complete with it.
  void Receive(std::string_view bytes);
  // What is to be sent. Sent(n) drops its first n bytes.
  std::string_view output() const { return std::string_view(output_).substr(sent_); }
  void Sent(std::size_t count);

  // Nothing has begun: neither a request is partly here nor a reply partly sent.
  bool idle() const { return input_.empty() && !chunked_ && output().empty(); }
  // After what is in output(), the connection is to be closed.
  bool finished() const { return closing_; }
  // The next reply is the last one.
  void CloseAfterReply() { last_reply_ = true; }
  // The request that has begun did not come in time.
  void TimeOut();

 private:
  // Answers the request at the start of `input`; returns how many bytes it took, 0: it is not complete.
  std::size_t TakeRequest(std::string_view input);
  std::size_t TakeChunks(std::string_view input);
  void Answer(const RequestHead& head, std::string_view body);
  void Refuse(const HttpError& error);

  RequestHandler& handler_;
  std::size_t body_bytes_max_;
  std::string input_;       // What did not make a whole request yet.
  std::size_t needed_ = 0;  // Bytes of input that the request at its start takes, once known.
  bool continued_ = false;  // "100 Continue" was sent for it.
  std::optional<ChunkedBody> chunked_;
  std::string chunked_head_;  // The head of the request whose chunks are being read.
  std::string output_;
  std::size_t sent_ = 0;
  bool closing_ = false;
  bool last_reply_ = false;
};

}  // namespace sagebrush::serving
