#include "web/preflight_site.h"

#include "base/text.h"
#include "objects/cors.h"
#include "objects/errors.h"
#include "web/s3_error.h"
#include "web/s3_location.h"

namespace sagebrush::web {
namespace {

constexpr ErrorKind kAccessForbidden{"AccessForbidden", 403, Fault::kClient};
constexpr ErrorKind kBadRequest{"BadRequest", 400, Fault::kClient};

std::vector<std::string> ListedHeaders(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (const std::string_view name = Trim(text.substr(0, comma)); !name.empty()) names.emplace_back(name);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return names;
}

[[noreturn]] void Refuse(std::string_view why, std::string_view method, const S3Location& location) {
  throw Error(kAccessForbidden, fmt::format("CORSResponse: {}", why),
              JsonObject{{"Method", method}, {"ResourceType", location.key.empty() ? "BUCKET" : "OBJECT"}});
}

}  // namespace

wire::HttpReply PreflightSite::Handle(const wire::HttpRequest& request, wire::BodyReader&, std::stop_token) const {
  try {
    const auto origin = request.headers.Get("origin");
    if (!origin) throw Error(kBadRequest, "Insufficient information. Origin request header needed.");
    const std::string_view method = request.headers.GetOr("access-control-request-method", "");
    if (method.empty()) throw Error(kBadRequest, "Invalid Access-Control-Request-Method: null");
    const S3Location location = S3Location::Of(request);
    const auto bucket = store_.FindBucket(location.bucket);
    const Json* const configuration = bucket == nullptr ? nullptr : ConfigurationOf(*bucket, objects::kCors);
    if (configuration == nullptr) Refuse("CORS is not enabled for this bucket.", method, location);
    const auto headers = objects::AllowOrigin(
        *configuration, {*origin, method, ListedHeaders(request.headers.GetOr("access-control-request-headers", ""))});
    if (!headers) {
      Refuse(
          "This CORS request is not allowed. No rule of the bucket's CORS configuration has this Origin, this "
          "Access-Control-Request-Method and all of these Access-Control-Request-Headers.",
          method, location);
    }
    wire::HttpReply reply;
    for (const auto& [name, value] : *headers) reply.headers.Set(name, value);
    return reply;
  } catch (...) {
    return S3Error(request, std::current_exception());
  }
}

}  // namespace sagebrush::web
