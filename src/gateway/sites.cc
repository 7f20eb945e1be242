#include "gateway/sites.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

namespace sagebrush::gateway {
namespace {

bool IsAt(const std::string& pattern, const wire::HttpRequest& request) {
  if (pattern.empty()) return true;
  std::string host = Lower(request.headers.GetOr("host", ""));
  if (const std::size_t colon = host.rfind(':');
      colon != std::string::npos && host.find(']', colon) == std::string::npos)
    host.resize(colon);
  return pattern.starts_with('*') ? host.ends_with(std::string_view(pattern).substr(1)) : host == pattern;
}

wire::HttpReply Refusal(int status, std::string_view code, std::string_view message) {
  wire::HttpReply reply{.status = status};
  reply.headers.Set("content-type", "application/json");
  reply.body = ToText(JsonObject{{"code", code}, {"message", message}});
  return reply;
}

}  // namespace

const Site* Sites::Find(const wire::HttpRequest& request) const {
  const auto found = std::ranges::find_if(places_, [&](const Place& place) {
    return request.target.starts_with(place.address.path) && IsAt(place.address.host, request);
  });
  return found == places_.end() ? nullptr : found->site;
}

wire::HttpReply Visit(const Site& site, const wire::HttpRequest& request, wire::BodyReader& body, std::stop_token stop,
                      const std::string& request_id) {
  std::string reason = "an exception of unknown type";
  try {
    return site.Handle(request, body, std::move(stop));
  } catch (const Error& error) {
    if (error.kind().code != kInternalFailure.code)
      return Refusal(error.kind().http_status, error.kind().code, error.what());
    reason = error.what();
  } catch (const std::exception& exception) {
    reason = exception.what();
  } catch (...) {  // NOLINT(bugprone-empty-catch): the reason says so.
  }
  LogError("Request {} ({} {}) failed: {}", request_id, request.method, request.Path(), reason);
  return Refusal(500, kInternalFailure.code,
                 "An internal error occurred. The server's log tells more under request id " + request_id + ".");
}

}  // namespace sagebrush::gateway
