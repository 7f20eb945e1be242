#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "wire/model.h"

namespace sagebrush::wire {

// Scalars as text, as they stand in headers, query strings, forms and XML.

// nullopt: `text` is not a value of that type. Blobs are base64, timestamps in any of AWS's formats,
// strings must be UTF-8.
std::optional<Json> ScalarFromText(const Shape& shape, std::string_view text);

// `timestamp_default` is what the place calls for when the model names no format. `whole_seconds` cuts fractions off
// ISO 8601 timestamps.
void AppendScalarText(const Member& member, const Json& value, TimestampFormat timestamp_default, bool whole_seconds,
                      std::string& out);

// Epoch seconds from a timestamp in text form; nullopt: not one.
std::optional<double> EpochFromText(std::string_view text);
// As text in `format` (not kDefault).
std::string TimestampText(double epoch_seconds, TimestampFormat format, bool whole_seconds);

// Whether the number lies in what a timestamp can hold (the years up to 9999 and some).
bool IsPlausibleEpoch(double seconds);

}  // namespace sagebrush::wire
