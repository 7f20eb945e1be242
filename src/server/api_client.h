#pragma once

#include <string>
#include <string_view>

#include "base/file.h"
#include "base/json.h"
#include "wire/http.h"
#include "wire/sigv4.h"

namespace sagebrush::server {

// A client of the running server of a data directory: what the commands know, they know from the public API, signed
// with the owner's keys, which the server keeps for its owner in the directory. One thread uses it.
class ApiClient {
 public:
  // Throws Error when `data` is no data directory of a server. `region` empty: the server's own.
  explicit ApiClient(const Path& data, const std::string& region = "");

  // Calls an operation of a service that speaks JSON; `service` is botocore's folder name. The output has the form that
  // handlers give it (wire/call.h). Throws Error with the server's words when it refuses, and one that says how to
  // start it when it does not run.
  Json Call(std::string_view service, std::string_view operation, const Json& input) const;

 private:
  // Sends it and returns the reply's status and body.
  std::pair<int, std::string> Exchange(const wire::HttpRequest& request) const;

  Path data_;
  std::string address_;
  std::string region_;
  wire::Credentials credentials_;
};

}  // namespace sagebrush::server
