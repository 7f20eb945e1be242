#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "objects/object.h"

// What pages of other origins may do with a bucket: its CORS configuration.
namespace sagebrush::objects {

inline constexpr std::string_view kCors = "CORSConfiguration";

// Throws Error for what the service model allows and S3 does not: kInvalidRequest.
void CheckCors(const Json& configuration);

// What a browser asks for, or is about to: the headers are those that it names in a preflight request.
struct CrossOriginRequest {
  std::string_view origin, method;
  std::vector<std::string> headers{};
};

using ReplyHeaders = std::vector<std::pair<std::string, std::string>>;
// The headers by which the first rule that fits lets it through; nullopt: none fits. Depends on its arguments only.
std::optional<ReplyHeaders> AllowOrigin(const Json& configuration, const CrossOriginRequest& request);

}  // namespace sagebrush::objects
