#pragma once

#include <string>
#include <string_view>

namespace sagebrush {

std::string ToHex(std::string_view bytes);     // Lower case.
std::string ToBase64(std::string_view bytes);  // With padding.
// False, and `out` unspecified, when `text` is not strictly of that encoding.
bool FromHex(std::string_view text, std::string& out);
bool FromBase64(std::string_view text, std::string& out);

// Percent-encoding of RFC 3986: everything but A-Z a-z 0-9 - . _ ~ (and '/' when `keep_slash`), upper-case hex.
std::string UriEncode(std::string_view text, bool keep_slash = false);
void AppendUriEncoded(std::string_view text, bool keep_slash, std::string& out);
// %XX becomes its byte; with `plus_is_space`, '+' a blank. A '%' without two hex digits stays as it is.
std::string UriDecode(std::string_view text, bool plus_is_space = false);

// `text` with each `from`, which is not empty, replaced by `to`.
std::string Replaced(std::string_view text, std::string_view from, std::string_view to);

}  // namespace sagebrush
