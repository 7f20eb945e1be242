#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "wire/http.h"

namespace sagebrush::wire {

// What is wrong with the bytes of a message itself, whatever service it is for.
inline constexpr ErrorKind kBadRequest{"BadRequest", 400, Fault::kClient};
inline constexpr ErrorKind kUnknownEncoding{"NotImplemented", 501, Fault::kServer};
inline constexpr ErrorKind kRequestHeaderTooLarge{"RequestHeaderSectionTooLarge", 431, Fault::kClient};

struct HttpLimits {
  std::uint32_t head_bytes_max = 64 * 1024;
  std::size_t header_count_max = 200;
};

// Parses HTTP/1.x messages out of bytes as they arrive, one after another. Does no I/O. Not thread-safe.
// Strict about where a message ends: one Content-Length in digits, or one Transfer-Encoding that is exactly "chunked",
// never both; lines end with CR LF and none goes on in the next; one Host in a request of HTTP/1.1. Header fields that
// a request repeats are joined with commas, so that the value that was signed is the one that is used.
class HttpParser {
 public:
  enum class Kind { kRequest, kResponse };

  explicit HttpParser(Kind kind, HttpLimits limits = {});
  ~HttpParser();
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

  // Starts on the next message.
  void Reset();

  // Parses a piece and returns how many bytes it took. Bytes not taken must be given again, with more behind them when
  // nothing was taken. Returns right behind the head and right behind the message, so that what follows stays with the
  // caller. Appends body bytes, freed of HTTP's chunks, to `body`.
  // Throws Error(kBadRequest, kUnknownEncoding, kRequestHeaderTooLarge) when the bytes are no valid message; the parser
  // is then useless until Reset.
  std::size_t Put(std::string_view bytes, std::string& body);
  // The peer closed. Completes a response that is delimited by that; throws Error(kBadRequest) on a cut-off message.
  void PutEnd();

  bool head_done() const;
  bool done() const;

  // What the head said; valid once head_done(). The caller may move `headers` and `target` out.
  std::string method;  // Requests.
  std::string target;  // Requests.
  int status = 0;      // Responses.
  Headers headers;     // Trailers of a chunked body are not kept.
  bool keep_alive() const;
  bool knows_chunks() const;  // Of HTTP/1.1 at least.
  // nullopt: chunked, or (responses) until the peer closes.
  std::optional<std::uint64_t> content_length() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sagebrush::wire
