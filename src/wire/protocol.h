#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "wire/call.h"
#include "wire/http.h"
#include "wire/model.h"

namespace sagebrush::wire {

enum class Protocol { kJson10, kJson11, kRestJson, kRestXml, kQuery, kRpcV2Cbor };

// Which operation of which service a request is for, and in which protocol it speaks.
struct Route {
  const Service* service = nullptr;
  const Operation* operation = nullptr;
  Protocol protocol = Protocol::kJson11;
};

// Decides in this order: X-Amz-Target, Smithy-Protocol, then by `signing_name` (the service in the SigV4 credential
// scope; empty when the request is not signed: S3) by Action parameter or by method and path.
// Throws Error(kUnknownOperation) when the service or operation is in no model; the reply is then written with
// WriteError and the service that could be recognised, if any.
Route FindRoute(const HttpRequest& request, std::string_view signing_name);

// Reads the input document from body, path, query and headers and checks every constraint of the model.
// A streaming blob is not read; it is absent from the document.
// Throws Error: kValidation in AWS's form, SerializationException, or the protocol's own (MalformedXML, ...).
Json ReadInput(const Route& route, const HttpRequest& request);

// The reply that carries `output`, with the protocol's request id header. `call` gives what the handler set besides.
HttpReply WriteOutput(const Route& route, const Json& output, const Call& call);

// The reply for `error` in the protocol of `route`; an empty route (service == nullptr) gives JSON 1.1.
HttpReply WriteError(const Route& route, const HttpRequest& request, const Error& error, const std::string& request_id);

}  // namespace sagebrush::wire
