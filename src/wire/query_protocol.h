#pragma once

#include <string>

#include "base/json.h"
#include "wire/protocol.h"

namespace sagebrush::wire {

// The query protocol: a form (or query string) with Action and dotted parameter names in, XML out.
// See wire/protocol.h for the contracts.

// The Action parameter of body or query string; empty: none.
std::string ReadAction(const HttpRequest& request);

Json ReadQueryInput(const Route& route, const HttpRequest& request);
void WriteQueryOutput(const Route& route, const Json& output, const std::string& request_id, HttpReply& reply);

}  // namespace sagebrush::wire
