#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace sagebrush {

// A document. Object members keep the order in which they were set.
using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

// Parses `text`, numbers exactly (the nearest double; Boost.JSON 1.81's own parser is off by up to 2 ulp).
// Throws Error(kValidation) that names the place on malformed text, duplicate-free or not, and on depth above 64.
Json ParseJson(std::string_view text);

// As ParseJson, of a text that this program stored itself: malformed, it is damage and no client's fault, so the Error
// is kInternalFailure and says that `what` is damaged.
Json ParseStoredJson(std::string_view text, std::string_view what);

// Compact text; doubles in their shortest form that reads back equal. NaN and infinities become null. Always UTF-8:
// a string that is not is written legible (base/text.h).
std::string ToText(const Json& value);
void AppendText(const Json& value, std::string& out);

// The member at `path`, names separated by dots ("ResourceConfig.InstanceType"); nullptr when any step is missing.
const Json* Find(const Json& document, std::string_view path);

// Members with a fallback. They throw Error(kInternalFailure) when the member exists with another type.
std::string GetString(const Json& document, std::string_view path, std::string_view fallback = "");
std::int64_t GetInt(const Json& document, std::string_view path, std::int64_t fallback = 0);
double GetDouble(const Json& document, std::string_view path, double fallback = 0);
bool GetBool(const Json& document, std::string_view path, bool fallback = false);

}  // namespace sagebrush
