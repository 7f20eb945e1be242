#include "server/credentials_site.h"

#include "base/error.h"
#include "base/json.h"
#include "runtime/workload_address.h"
#include "sagemaker/workload_credentials.h"

namespace sagebrush::server {
namespace {

constexpr ErrorKind kNotFound{"NotFound", 404, Fault::kClient};
constexpr ErrorKind kMethodNotAllowed{"MethodNotAllowed", 405, Fault::kClient};

}  // namespace

wire::HttpReply CredentialsSite::Handle(const wire::HttpRequest& request, wire::BodyReader&, std::stop_token) const {
  if (request.Path() != sagemaker::kCredentialsPath) {
    throw Error(kNotFound, "There is nothing at " + std::string(request.Path()) + ".");
  }
  if (request.method != "GET") throw Error(kMethodNotAllowed, "Credentials can only be read, with GET.");
  // A token that got out of its sandbox is worth nothing there.
  if (request.peer_address != runtime::kWorkloadAddress) {
    throw Error(kAccessDenied, "Only the workloads of this server are given credentials.");
  }
  wire::HttpReply reply;
  reply.headers.Set("content-type", "application/json");
  reply.headers.Set("cache-control", "no-store");
  reply.body = ToText(sagemaker::CredentialsFor(context_, request.headers.GetOr("authorization", "")));
  return reply;
}

}  // namespace sagebrush::server
