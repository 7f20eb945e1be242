#pragma once

#include "base/json.h"
#include "wire/protocol.h"

namespace sagebrush::wire {

// REST-JSON and REST-XML: documents spread over path, query, headers and body. See wire/protocol.h for the contracts.

Json ReadRestInput(const Route& route, const HttpRequest& request);
void WriteRestOutput(const Route& route, const Json& output, const Call& call, HttpReply& reply);

// S3: throws Error in S3's form unless everything that the model requires is there.
void CheckS3Input(const Operation& operation, const Json& document);

}  // namespace sagebrush::wire
