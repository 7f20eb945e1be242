#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/file.h"

namespace sagebrush::wire {

// Header fields in order of arrival; names are kept in lower case.
class Headers {
 public:
  // Empty view with has_value() false: no such header. `name` in lower case.
  std::optional<std::string_view> Get(std::string_view name) const;
  std::string_view GetOr(std::string_view name, std::string_view fallback) const;
  void Set(std::string_view name, std::string_view value);  // Replaces all fields of that name.
  void Add(std::string_view name, std::string_view value);
  void Join(std::string_view name, std::string_view value);  // Behind a field of that name, with a comma; else Add.
  void Remove(std::string_view name);

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct HttpRequest {
  std::string method;
  std::string target;  // As sent: path and query, still percent-encoded.
  Headers headers;
  std::string body;  // Empty when the operation streams its input (see BodyReader).
  bool tls = false;
  std::string tls_version;  // "1.2", "1.3"; empty: not over TLS.
  std::string peer_address;
  std::chrono::steady_clock::time_point received{};  // When its head had come.

  std::string_view Path() const;         // Up to '?', still encoded.
  std::string_view QueryString() const;  // After '?', still encoded.
};

// Decoded name=value pairs of a query string or form body, in order.
std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view text, bool plus_is_space);

// A request body that is read as it arrives. Used by one pool thread; calls block.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // Up to `size` bytes; 0 at the end of the body. By the end every signature and checksum of the body has held.
  // Throws Error when the client went away, sent too little, or a signature, digest or checksum does not match.
  virtual std::size_t Read(char* buffer, std::size_t size) = 0;
  // The decoded length, when the client said it.
  virtual std::optional<std::uint64_t> Length() const = 0;
};

// A part of an open file, sent without reading it into memory.
struct FileSlice {
  std::shared_ptr<FileDescriptor> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// A body that is made while it is sent. Used by one I/O thread; its calls do not block.
class BodySource {
 public:
  virtual ~BodySource() = default;  // While `done` is outstanding: nobody wants the rest.
  // Calls `done` once, on the thread that asks, now or later: the next bytes; none at the end. After a failure the
  // connection is broken off, so that the client does not take what came for the whole.
  virtual void Next(std::function<void(std::exception_ptr failure, std::string bytes)> done) = 0;
};

// A body that is read where reading may block: on a thread of the pool, one call at a time.
class BlockingBody {
 public:
  virtual ~BlockingBody() = default;
  virtual std::optional<std::uint64_t> Length() const = 0;  // nullopt: known at the end only.
  // Makes `bytes` the next ones; none at the end. When it throws, the connection is broken off.
  virtual void Next(std::string& bytes) = 0;
};

// What becomes of a connection whose request asked for another protocol (WebSocket): after the head of the reply, whose
// status is 101, the bytes of the client and of `peer`, a connected TCP socket, go to each other until both have ended.
struct Tunnel {
  std::shared_ptr<FileDescriptor> peer;
};

struct HttpReply {
  int status = 200;
  Headers headers;
  std::variant<std::string, FileSlice, std::shared_ptr<BodySource>, std::shared_ptr<BlockingBody>, Tunnel> body;
};

}  // namespace sagebrush::wire
