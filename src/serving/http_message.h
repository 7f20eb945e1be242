#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sagebrush::serving {

// A request, viewed in the buffer that it came in.
struct Request {
  std::string_view method;
  std::string_view target;
  std::string_view content_type;  // Empty: none.
  std::string_view accept;
  std::string_view body;
};

struct Reply {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
};

// The head of a request and how its body comes.
struct RequestHead {
  Request request;            // Without the body.
  std::size_t size = 0;       // Of the head in bytes, with the blank line.
  std::size_t body_size = 0;  // By Content-Length.
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;
};

// What is wrong with a request, as an HTTP status and a sentence.
struct HttpError {
  int status;
  std::string message;
};

// Reads the head at the start of `buffer`. nullopt: it is not complete yet. Throws HttpError on anything that is no
// head of HTTP/1.0 or 1.1, that is ambiguous about the body's length, or longer than kHeadBytesMax.
inline constexpr std::size_t kHeadBytesMax = 16 * 1024;
std::optional<RequestHead> ParseHead(std::string_view buffer);

// Undoes Transfer-Encoding: chunked piece by piece.
class ChunkedBody {
 public:
  explicit ChunkedBody(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}
  // Takes what it can off `input` and returns how many bytes that were. Throws HttpError.
  std::size_t Feed(std::string_view input);
  bool done() const { return state_ == State::kDone; }
  const std::string& body() const { return body_; }

 private:
  enum class State { kSize, kBytes, kBytesEnd, kTrailer, kDone };
  void ReadSize(std::string_view line);

  std::size_t body_bytes_max_;
  State state_ = State::kSize;
  std::size_t left_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::string body_;
};

// Appends the reply in wire form. `keep_alive` false announces the connection's end.
void AppendReply(const Reply& reply, bool keep_alive, std::string& out);

}  // namespace sagebrush::serving
