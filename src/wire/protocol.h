#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "wire/call.h"
#include "wire/http.h"
#include "wire/model.h"
#include "wire/sigv4.h"

namespace sagebrush::wire {

// Which operation of which service a request is for, and in which protocol it speaks.
struct Route {
  const Service* service = nullptr;
  const Operation* operation = nullptr;
  Protocol protocol = Protocol::kJson11;
};

// Decides what a request is for, from what its signature covers and nothing else. The service is the one in the
// credential scope. Its operation is named as the service's protocols do it: by X-Amz-Target or Smithy-Protocol where
// these headers are signed, else by the Action parameter, else by method and path; S3 knows the last way only. Headers
// that the operation reads must be signed too, except Content-Type and Accept, which say how to read the signed bytes.
// `signature` null: not signed, which S3 may be, and operations whose model says so.
// Throws Error when that is no operation of any model: kUnknownOperation, or in AWS's form for the service
// (InvalidAction for query, MethodNotAllowed for S3), or when a part that counts is not signed, in the form of a wrong
// signature. The reply is then written with WriteError and RecogniseService.
Route FindRoute(const HttpRequest& request, const Signature* signature);

// The same for a request that counts as signed for `signing_name` with all of its headers; empty: as not signed. For
// tests and tools, which sign nothing.
Route FindRouteAsSigned(const HttpRequest& request, std::string_view signing_name);

// As far as it can be told: the service and protocol of a request that has no operation, `signing_name` being the
// service that it claims to be signed for. For the form of an error only: nothing here is proved. Never throws.
Route RecogniseService(const HttpRequest& request, std::string_view signing_name);

// The host names (without port) under which clients reach this server. A Host header "<bucket>.<name>" then addresses
// that bucket. Without any, only localhost and *.amazonaws.com are known. Call at start, before the first request.
void SetHostNames(std::vector<std::string> names);

// Reads the input document from body, path, query and headers. Types are right, but anything may be missing or out of
// range (CheckInput). A streaming blob is not read; it is absent from the document.
// Throws Error: SerializationException, or the protocol's own (MalformedXML, ...).
Json ReadInput(const Route& route, const HttpRequest& request);

// Throws Error, in the words of the operation's service, unless `input` keeps every constraint of its model.
void CheckInput(const Operation& operation, const Json& input);

// The reply that carries `output`, with the protocol's request id header. `call` gives what the handler set besides.
// Members that are not in the model, and nulls, are left out.
HttpReply WriteOutput(const Route& route, const Json& output, const Call& call);

// The reply for `error` in the protocol of `route`; an empty route (service == nullptr) gives JSON 1.1.
HttpReply WriteError(const Route& route, const HttpRequest& request, const Error& error, const std::string& request_id);

}  // namespace sagebrush::wire
