#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "wire/model.h"

namespace sagebrush::wire {

// Smithy RPC v2 CBOR bodies <-> documents by service model (RFC 8949; timestamps are tag 1).

// Throws Error(kSerialization): malformed CBOR, bytes behind its end, depth above 64, or types that are not the
// model's. Members that the model lacks and nulls are dropped. An empty body is an empty document.
Json ReadCborBody(const Shape& shape, std::string_view body);

// Appends `value` as CBOR of `shape`; what the model lacks, and nulls, are left out.
void AppendCborBody(const Shape& shape, const Json& value, std::string& out);

// Pieces for error bodies.
void AppendCborMapStart(std::string& out);  // Of indefinite length; ends with AppendCborBreak.
void AppendCborBreak(std::string& out);
void AppendCborText(std::string_view text, std::string& out);

}  // namespace sagebrush::wire
