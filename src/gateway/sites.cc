#include "gateway/sites.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "gateway/failure.h"

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

wire::HttpReply Refusal(const Error& error) {
  wire::HttpReply reply{.status = error.kind().http_status};
  reply.headers.Set("content-type", "application/json");
  reply.body = ToText(JsonObject{{"code", error.kind().code}, {"message", error.what()}});
  return reply;
}

}  // namespace

const Site* Sites::Find(const wire::HttpRequest& request) const {
  const auto found = std::ranges::find_if(places_, [&](const Place& place) {
    return request.target.starts_with(place.address.path) && IsAt(place.address.host, request) &&
           (!place.address.also || place.address.also(request));
  });
  return found == places_.end() ? nullptr : found->site;
}

wire::HttpReply Visit(const Site& site, const wire::HttpRequest& request, wire::BodyReader& body, std::stop_token stop,
                      const std::string& request_id) {
  try {
    return site.Handle(request, body, std::move(stop));
  } catch (...) {
    return Refusal(ToldOf(std::current_exception(), request_id, fmt::format("{} {}", request.method, request.Path())));
  }
}

}  // namespace sagebrush::gateway
