#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "wire/model.h"

namespace sagebrush::wire {

inline constexpr ErrorKind kSerialization{"SerializationException", 400, Fault::kClient};

// The body of a JSON request as the document of `shape`: wire names become member names, base64 raw bytes, timestamps
// epoch seconds; members that the model lacks and nulls are dropped. An empty body is an empty document.
// Throws Error(kSerialization) with AWS's words and the place.
Json ReadJsonBody(const Shape& shape, std::string_view body);

// Makes `value`, parsed JSON, conform to `shape`, as ReadJsonBody does.
void ConformJson(const Shape& shape, Json& value);

// The same for a document that has the form of Call::input already: blobs are raw bytes, timestamps and all numbers are
// numbers, members have the model's names.
void ConformDocument(const Shape& shape, Json& document);

// Appends `value` as JSON of `shape`. Members that the model lacks or binds elsewhere than to the body, and nulls, are
// left out. Throws Error(kInternalFailure) when the document's types are not the model's: a bug of the handler.
void AppendJsonBody(const Shape& shape, const Json& value, std::string& out);

}  // namespace sagebrush::wire
