#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/http.h"

namespace sagebrush::gateway {

// How a client tells where a body ends.
struct Framing {
  // What the body has, or would have if `head_only`; nullopt: not known, so it is sent in `chunks`, or until the
  // connection closes.
  std::optional<std::uint64_t> body_bytes = 0;
  bool chunks = true;
  bool head_only = false;  // The reply keeps a Content-Length that the operation set.
  bool keep_alive = true;
};

// Appends the head of an HTTP/1.1 reply, up to and with the empty line. Adds Date and the request id header where they
// are missing; drops header fields that could break the framing.
void AppendReplyHead(const wire::HttpReply& reply, const Framing& framing, std::string_view request_id,
                     std::string& out);

// A piece of a body that is sent in chunks; an empty one is its end.
void AppendChunk(std::string_view piece, std::string& out);

// Whether a reply of that status has a body at all.
bool HasBody(int status);

std::string_view ReasonPhrase(int status);

}  // namespace sagebrush::gateway
