#include "web/s3_error.h"

#include <fmt/format.h>

#include "base/id.h"
#include "gateway/failure.h"
#include "wire/model.h"
#include "wire/protocol.h"

namespace sagebrush::web {

wire::HttpReply S3Error(const wire::HttpRequest& request, const std::exception_ptr& failure) {
  const std::string id = NewUuid();
  const wire::Route route{.service = wire::FindService("s3"), .protocol = wire::Protocol::kRestXml};
  const Error error = gateway::ToldOf(failure, id, fmt::format("{} {}", request.method, request.Path()));
  return wire::WriteError(route, request, error, id);
}

}  // namespace sagebrush::web
