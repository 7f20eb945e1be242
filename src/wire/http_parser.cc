#include "wire/http_parser.h"

#include <algorithm>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace sagebrush::wire {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using View = boost::beast::string_view;

std::string_view ToStd(View text) { return {text.data(), text.size()}; }

// Beast does the parsing; this only takes delivery.
template <bool is_request>
class Sink final : public http::basic_parser<is_request> {
 public:
  Sink(HttpParser& message, std::size_t header_count_max) : message_(message), header_count_max_(header_count_max) {}
  std::string* body = nullptr;

 private:
  void on_request_impl(http::verb, View method, View target, int, error_code&) override {
    message_.method.assign(method.data(), method.size());
    message_.target.assign(target.data(), target.size());
  }
  void on_response_impl(int code, View, int, error_code&) override { message_.status = code; }
  void on_field_impl(http::field, View name, View value, error_code& failure) override {
    if (head_done_) return;
    if (message_.headers.size() >= header_count_max_) {
      failure = http::error::header_limit;
      return;
    }
    message_.headers.Add(ToStd(name), ToStd(value));
  }
  void on_header_impl(error_code&) override { head_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(View bytes, error_code&) override {
    body->append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View bytes, error_code&) override {
    body->append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}

  HttpParser& message_;
  const std::size_t header_count_max_;
  bool head_done_ = false;
};

[[noreturn]] void ThrowMalformed(const error_code& failure, bool in_head) {
  if (failure == http::error::header_limit || failure == http::error::buffer_overflow) {
    throw Error(kRequestHeaderTooLarge, "The request line and headers are too large or too many.");
  }
  throw Error(kBadRequest, std::string("The ") + (in_head ? "head" : "body") +
                               " of the HTTP message is malformed: " + failure.message() + ".");
}

}  // namespace

struct HttpParser::State {
  Kind kind;
  HttpLimits limits;
  std::optional<Sink<true>> request;
  std::optional<Sink<false>> response;

  template <typename Use>
  auto Visit(Use use) {
    return kind == Kind::kRequest ? use(*request) : use(*response);
  }
};

HttpParser::HttpParser(Kind kind, HttpLimits limits) : state_(new State{kind, limits, {}, {}}) { Reset(); }

HttpParser::~HttpParser() = default;

void HttpParser::Reset() {
  method.clear();
  target.clear();
  status = 0;
  headers = Headers();
  const auto configure = [this](auto& sink) {
    sink.emplace(*this, state_->limits.header_count_max);
    sink->header_limit(state_->limits.head_bytes_max);
    sink->body_limit(boost::none);
  };
  state_->kind == Kind::kRequest ? configure(state_->request) : configure(state_->response);
}

std::size_t HttpParser::Put(std::string_view bytes, std::string& body) {
  return state_->Visit([&](auto& sink) {
    sink.body = &body;
    std::size_t taken = 0;
    while (taken < bytes.size() && !sink.is_done()) {
      const bool in_head = !sink.is_header_done();
      error_code failure;
      const std::size_t more = sink.put(boost::asio::buffer(bytes.data() + taken, bytes.size() - taken), failure);
      taken += more;
      if (failure == http::error::need_more) break;
      if (failure) ThrowMalformed(failure, in_head);
      if (in_head && sink.is_header_done()) break;
      if (more == 0) break;
    }
    return taken;
  });
}

void HttpParser::PutEnd() {
  state_->Visit([](auto& sink) {
    error_code failure = http::error::partial_message;
    if (sink.is_header_done()) {
      failure = {};
      sink.put_eof(failure);
    }
    if (failure) throw Error(kBadRequest, "The HTTP message ends too early.");
  });
}

bool HttpParser::head_done() const {
  return state_->Visit([](auto& sink) { return sink.is_header_done(); });
}

bool HttpParser::done() const {
  return state_->Visit([](auto& sink) { return sink.is_done(); });
}

bool HttpParser::keep_alive() const {
  return state_->Visit([](auto& sink) { return sink.keep_alive(); });
}

std::optional<std::uint64_t> HttpParser::content_length() const {
  return state_->Visit([](auto& sink) -> std::optional<std::uint64_t> {
    if (sink.chunked()) return std::nullopt;
    const auto length = sink.content_length();
    if (length) return *length;
    // A request without Content-Length has no body.
    if (std::is_same_v<std::decay_t<decltype(sink)>, Sink<true>>) return 0;
    return std::nullopt;
  });
}

}  // namespace sagebrush::wire
