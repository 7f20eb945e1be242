#include "serving/http_connection.h"

#include "base/log.h"
#include "serving/http_server.h"

namespace sagebrush::serving {

void HttpConnection::Receive(std::string_view bytes) {
  // Whole requests are answered from the receiver's own buffer; only a part of one is copied.
  std::string_view input = bytes;
  if (!input_.empty()) {
    input_.append(bytes);
    if (input_.size() < needed_) return;
    input = input_;
  }
  std::size_t used = 0;
  try {
    while (!closing_ && used < input.size()) {
      const std::string_view rest = input.substr(used);
      const std::size_t taken = chunked_ ? TakeChunks(rest) : TakeRequest(rest);
      if (taken == 0) break;
      used += taken;
    }
  } catch (const HttpError& error) {
    Refuse(error);
  }
  if (closing_) {
    input_.clear();
  } else if (input_.empty()) {
    input_.assign(input.substr(used));
    if (needed_ > input_.size()) input_.reserve(needed_);
  } else {
    input_.erase(0, used);
  }
  if (input_.empty() && input_.capacity() > 1024 * 1024) std::string().swap(input_);
}

std::size_t HttpConnection::TakeRequest(std::string_view input) {
  needed_ = 0;
  const std::optional<RequestHead> head = ParseHead(input);
  if (!head) return 0;
  if (head->body_size > body_bytes_max_) {
    throw HttpError{
        413, fmt::format("The request's body of {} bytes is larger than {} bytes.", head->body_size, body_bytes_max_)};
  }
  const std::size_t size = head->size + head->body_size;
  const bool complete = !head->chunked && input.size() >= size;
  if (head->expects_continue && !continued_ && !complete) {
    continued_ = true;
    output_ += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  if (head->chunked) {
    chunked_head_.assign(input.substr(0, head->size));
    chunked_.emplace(body_bytes_max_);
    return head->size;
  }
  if (!complete) {
    needed_ = size;
    return 0;
  }
  Answer(*head, input.substr(head->size, head->body_size));
  return size;
}

std::size_t HttpConnection::TakeChunks(std::string_view input) {
  const std::size_t taken = chunked_->Feed(input);
  if (chunked_->done()) {
    const ChunkedBody body = std::move(*chunked_);
    chunked_.reset();
    Answer(*ParseHead(chunked_head_), body.body());
  }
  return taken;
}

void HttpConnection::Answer(const RequestHead& head, std::string_view body) {
  continued_ = false;
  Request request = head.request;
  request.body = body;
  Reply reply;
  try {
    handler_.Handle(request, reply);
  } catch (const std::exception& error) {
    LogError("{} {}: {}", request.method, request.target, error.what());
    reply = {.status = 500, .body = error.what()};
  }
  closing_ = last_reply_ || !head.keep_alive;
  AppendReply(reply, !closing_, output_);
}

void HttpConnection::Refuse(const HttpError& error) {
  closing_ = true;
  chunked_.reset();
  AppendReply({.status = error.status, .body = error.message + "\n"}, false, output_);
}

void HttpConnection::TimeOut() { Refuse({408, "The request did not arrive whole in time."}); }

void HttpConnection::Sent(std::size_t count) {
  sent_ += count;
  if (sent_ < output_.size()) return;
  sent_ = 0;
  output_.clear();
  if (output_.capacity() > 1024 * 1024) std::string().swap(output_);
}

}  // namespace sagebrush::serving
