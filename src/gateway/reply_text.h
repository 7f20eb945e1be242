#pragma once

#include <string>
#include <string_view>

#include "wire/http.h"

namespace sagebrush::gateway {

// Appends the head of an HTTP/1.1 reply, up to and with the empty line. `body_bytes` is what the body has, or would
// have if `head_only`; a reply to HEAD keeps a Content-Length that the operation set. Adds Date and the request id
// header where they are missing; drops header fields that could break the framing.
void AppendReplyHead(const wire::HttpReply& reply, std::uint64_t body_bytes, bool head_only, bool keep_alive,
                     std::string_view request_id, std::string& out);

// Whether a reply of that status has a body at all.
bool HasBody(int status);

std::string_view ReasonPhrase(int status);

}  // namespace sagebrush::gateway
