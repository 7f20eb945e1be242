#include "web/s3_caller.h"

#include "base/id.h"
#include "wire/protocol.h"

namespace sagebrush::web {

wire::HttpReply S3Caller::Call(const wire::HttpRequest& request, wire::Principal principal, wire::BodyReader* body,
                               bool from_form, std::stop_token stop) const {
  const wire::Route route = wire::FindRouteAsSigned(request, "s3");
  const wire::OperationEntry& entry = api_.Find(*route.operation);
  wire::Call call{.service = *route.service,
                  .operation = *route.operation,
                  .input = wire::ReadInput(route, request),
                  .principal = std::move(principal),
                  .region = region_,
                  .request_id = NewUuid(),
                  .http = &request,
                  .body = body,
                  .stop = std::move(stop),
                  .from_form = from_form};
  api_.Admit(call, entry);
  return wire::WriteOutput(route, entry.handler(call), call);
}

}  // namespace sagebrush::web
