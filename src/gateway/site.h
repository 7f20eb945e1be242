#pragma once

#include <stop_token>

#include "wire/http.h"

namespace sagebrush::gateway {

// Something that the port serves besides the AWS APIs: credentials of workloads, a registry, a console, an app. Safe to
// call from any thread.
class Site {
 public:
  virtual ~Site() = default;

  // Answers a request, on a thread that it may hold. Nothing of the request is checked yet, neither who sent it nor
  // what for. `body` comes while the client sends it; what is left of it is not read. The reply may be a text, a file,
  // a stream, or a tunnel to what speaks the protocol that the client asked for. An Error that it throws is answered
  // with its status and {"code": ..., "message": ...}.
  virtual wire::HttpReply Handle(const wire::HttpRequest& request, wire::BodyReader& body,
                                 std::stop_token stop) const = 0;
};

}  // namespace sagebrush::gateway
