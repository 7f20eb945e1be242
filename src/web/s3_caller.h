#pragma once

#include <stop_token>
#include <string>

#include "wire/api.h"
#include "wire/http.h"

namespace sagebrush::web {

// Runs operations of S3 for what came in another form than theirs, on behalf of whom that proved to be. Safe to call
// from any thread; blocks as the operation does.
class S3Caller {
 public:
  // `api` outlives it.
  S3Caller(const wire::Api& api, std::string region) : api_(api), region_(std::move(region)) {}

  // The reply to `request`, a request of S3's API, as if `principal` (without an account: nobody) had sent it with its
  // body in `body`. Throws Error as the operation does. `from_form`: as wire::Call::from_form.
  wire::HttpReply Call(const wire::HttpRequest& request, wire::Principal principal, wire::BodyReader* body,
                       bool from_form, std::stop_token stop) const;

 private:
  const wire::Api& api_;
  const std::string region_;
};

}  // namespace sagebrush::web
