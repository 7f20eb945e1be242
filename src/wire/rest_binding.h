#pragma once

#include "base/error.h"
#include "base/json.h"
#include "wire/http.h"
#include "wire/protocol.h"

namespace sagebrush::wire {

// What both REST protocols share: members in path, query, headers and status, and the body as a whole (payload).

// Adds the members that the model binds to path, query and headers. Throws Error when one cannot be read.
void ReadBoundMembers(const Operation& operation, const HttpRequest& request, JsonObject& document);

// Writes the members that the model binds to headers and status.
void WriteBoundMembers(const Shape& output, const Json& document, HttpReply& reply);

// Whether any member of the structure lies in the body (as a payload or beside others).
bool HasBodyMembers(const Shape& shape);

// If the payload of `shape` is a blob or a string: moves it from `document` into the body and gives it a content type.
// False: the body is a document.
bool WriteRawPayload(const Shape& shape, const Json& document, const Call& call, HttpReply& reply);

}  // namespace sagebrush::wire
