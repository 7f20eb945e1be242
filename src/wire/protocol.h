#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "wire/call.h"
#include "wire/http.h"
#include "wire/model.h"

namespace sagebrush::wire {

// Which operation of which service a request is for, and in which protocol it speaks.
struct Route {
  const Service* service = nullptr;
  const Operation* operation = nullptr;
  Protocol protocol = Protocol::kJson11;
};

// Decides in this order: X-Amz-Target, Smithy-Protocol, then by `signing_name` (the service in the SigV4 credential
// scope; empty when the request is not signed: S3) by Action parameter or by method and path.
// Throws Error when the service or operation is in no model: kUnknownOperation, or in AWS's form for the service
// (InvalidAction for query, MethodNotAllowed for S3). The reply is then written with WriteError and RecogniseService.
Route FindRoute(const HttpRequest& request, std::string_view signing_name);

// As far as it can be told: the service and protocol of a request that has no operation. Never throws.
Route RecogniseService(const HttpRequest& request, std::string_view signing_name);

// The host names (without port) under which clients reach this server. A Host header "<bucket>.<name>" then addresses
// that bucket. Without any, only localhost and *.amazonaws.com are known. Call at start, before the first request.
void SetHostNames(std::vector<std::string> names);

// Reads the input document from body, path, query and headers and checks every constraint of the model.
// A streaming blob is not read; it is absent from the document.
// Throws Error: kValidation in AWS's form, SerializationException, or the protocol's own (MalformedXML, ...).
Json ReadInput(const Route& route, const HttpRequest& request);

// The same without the check of constraints: types are right, but anything may be missing or out of range.
Json ReadInputUnchecked(const Route& route, const HttpRequest& request);

// The reply that carries `output`, with the protocol's request id header. `call` gives what the handler set besides.
// Members that are not in the model, and nulls, are left out.
HttpReply WriteOutput(const Route& route, const Json& output, const Call& call);

// The reply for `error` in the protocol of `route`; an empty route (service == nullptr) gives JSON 1.1.
HttpReply WriteError(const Route& route, const HttpRequest& request, const Error& error, const std::string& request_id);

}  // namespace sagebrush::wire
