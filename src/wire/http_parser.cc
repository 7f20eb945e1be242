#include "wire/http_parser.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/text.h"

namespace sagebrush::wire {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using View = boost::beast::string_view;

constexpr std::size_t kChunkLineBytesMax = 8 * 1024;
constexpr std::size_t kLastChunkBytes = 5;  // "0\r\n\r\n"

std::string_view ToStd(View text) { return {text.data(), text.size()}; }

// Looks at all of it: that is quicker, 16 bytes at a time, than to end at the first.
bool HasControls(View text) {
  bool has = false;
  for (const char c : text) has |= (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  return has;
}

// What a head says about where its message ends, and for whom it is. Two readers of one message must agree on that, so
// each is said at most once, in one form. Throws Error where it is not.
class Framing {
 public:
  void Note(http::field name, std::string_view value) {
    switch (name) {
      case http::field::content_length:
        Once(has_length_, "Content-Length");
        if (!IsNumber(value)) throw Error(kBadRequest, "Content-Length is no number of bytes.");
        return;
      case http::field::transfer_encoding:
        Once(has_encoding_, "Transfer-Encoding");
        if (EqualsIgnoringCase(value, "chunked")) return;
        throw Error(kUnknownEncoding, "The only Transfer-Encoding that this server reads is chunked.");
      case http::field::host:
        return Once(has_host_, "Host");
      case http::field::authorization:
        return Once(has_authorization_, "Authorization");
      default:
        return;
    }
  }

  // `version` as 10 or 11.
  void Check(bool is_request, int version) const {
    if (has_encoding_ && has_length_) {
      throw Error(kBadRequest, "The message has both Content-Length and Transfer-Encoding.");
    }
    if (has_encoding_ && version < 11) throw Error(kBadRequest, "HTTP/1.0 has no Transfer-Encoding.");
    if (is_request && version >= 11 && !has_host_) throw Error(kBadRequest, "The request has no Host.");
  }

 private:
  static bool IsNumber(std::string_view value) {
    return !value.empty() && value.size() <= 19 && value.find_first_not_of("0123456789") == std::string_view::npos;
  }
  static void Once(bool& seen, std::string_view name) {
    if (std::exchange(seen, true)) throw Error(kBadRequest, std::string(name) + " is given more than once.");
  }

  bool has_length_ = false;
  bool has_encoding_ = false;
  bool has_host_ = false;
  bool has_authorization_ = false;
};

// Beast does the parsing; this only takes delivery.
template <bool is_request>
class Sink final : public http::basic_parser<is_request> {
 public:
  Sink(HttpParser& message, std::size_t header_count_max) : message_(message), header_count_max_(header_count_max) {}
  std::string* body = nullptr;
  int version() const { return version_; }  // 10 or 11.

 private:
  void on_request_impl(http::verb, View method, View target, int version, error_code&) override {
    version_ = version;
    message_.method.assign(method.data(), method.size());
    message_.target.assign(target.data(), target.size());
  }
  void on_response_impl(int code, View, int version, error_code&) override {
    version_ = version;
    message_.status = code;
  }
  void on_field_impl(http::field field, View name, View value, error_code& failure) override {
    if (head_done_) {  // Of the trailer.
      trailer_bytes_ += name.size() + value.size();
      if (trailer_bytes_ > kChunkLineBytesMax) failure = http::error::bad_chunk;
      return;
    }
    if (++header_count_ > header_count_max_) {
      failure = http::error::header_limit;
      return;
    }
    if (HasControls(value)) {
      failure = http::error::bad_value;
      return;
    }
    framing_.Note(field, ToStd(value));
    // A request's field that is sent twice means the list of both, which is also how signatures see it. A reply may
    // set several cookies.
    if (is_request) {
      message_.headers.Join(ToStd(name), ToStd(value));
    } else {
      message_.headers.Add(ToStd(name), ToStd(value));
    }
  }
  void on_header_impl(error_code&) override {
    head_done_ = true;
    framing_.Check(is_request, version_);
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(View bytes, error_code&) override {
    body->append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, View extension, error_code& failure) override {
    if (extension.size() > kChunkLineBytesMax) failure = http::error::bad_chunk_extension;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, View bytes, error_code&) override {
    body->append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}

  HttpParser& message_;
  const std::size_t header_count_max_;
  std::size_t header_count_ = 0;
  std::size_t trailer_bytes_ = 0;
  Framing framing_;
  int version_ = 11;
  bool head_done_ = false;
};

[[noreturn]] void ThrowMalformed(const error_code& failure, bool in_head) {
  if (failure == http::error::header_limit || failure == http::error::buffer_overflow) {
    throw Error(kRequestHeaderTooLarge, "The request line and headers are too large or too many.");
  }
  throw Error(kBadRequest, std::string("The ") + (in_head ? "head" : "body") +
                               " of the HTTP message is malformed: " + failure.message() + ".");
}

// Looks at the line ends of a head that arrives in pieces: each is CR LF, and no line goes on in the next, which Beast
// would join and others not. `from`: what was looked at before. Returns up to where the look was final.
std::size_t CheckLineEnds(std::string_view head, std::size_t from) {
  for (;;) {
    const std::size_t end = head.find('\n', from);
    if (end == std::string_view::npos) return head.size();
    if (end == 0 || head[end - 1] != '\r') throw Error(kBadRequest, "A line of the head does not end with CR LF.");
    if (end >= 3 && head[end - 2] == '\n') return end;  // The blank line: the head's end.
    if (end + 1 == head.size()) return end;
    if (head[end + 1] == ' ' || head[end + 1] == '\t') {
      throw Error(kBadRequest, "A header field goes on in a second line.");
    }
    from = end + 1;
  }
}

}  // namespace

struct HttpParser::State {
  Kind kind;
  HttpLimits limits;
  std::optional<Sink<true>> request;
  std::optional<Sink<false>> response;
  std::size_t checked = 0;  // Of the bytes of the head, which are given again until it is whole.

  template <typename Use>
  auto Visit(Use use) {
    return kind == Kind::kRequest ? use(*request) : use(*response);
  }
};

HttpParser::HttpParser(Kind kind, HttpLimits limits) : state_(new State{kind, limits, {}, {}, 0}) { Reset(); }

HttpParser::~HttpParser() = default;

void HttpParser::Reset() {
  method.clear();
  target.clear();
  status = 0;
  headers = Headers();
  state_->checked = 0;
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
    if (!sink.is_header_done()) state_->checked = CheckLineEnds(bytes, std::min(state_->checked, bytes.size()));
    while (taken < bytes.size() && !sink.is_done()) {
      const bool in_head = !sink.is_header_done();
      // The last chunk is five bytes at least, and Beast's assertion ends the program where it gets it in fewer.
      if (!in_head && sink.chunked() && bytes.size() - taken < kLastChunkBytes) break;
      error_code failure;
      const std::size_t more = sink.put(boost::asio::buffer(bytes.data() + taken, bytes.size() - taken), failure);
      taken += more;
      if (failure == http::error::need_more) {
        // Chunks themselves are taken as they come: only a chunk's first line or the trailer can wait for more.
        if (!in_head && bytes.size() - taken > kChunkLineBytesMax) {
          throw Error(kBadRequest, "A chunk's size with its extension, or the trailer, is too long.");
        }
        break;
      }
      if (failure) ThrowMalformed(failure, in_head);
      if (in_head && sink.is_header_done()) break;
      if (more == 0) break;
    }
    if (!sink.is_header_done()) state_->checked -= std::min(taken, state_->checked);
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

bool HttpParser::knows_chunks() const {
  return state_->Visit([](auto& sink) { return sink.version() >= 11; });
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
