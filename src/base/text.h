#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace sagebrush {

// Bytes come from data, file names and programs; texts go into answers, logs and reasons, which clients read as UTF-8.
// Whatever takes in such bytes makes them text here.

// Whether `bytes` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
bool IsUtf8(std::string_view bytes);

// `bytes` as text. What is not UTF-8 stands as \xNN, a byte each; so do control characters (U+0080 to U+009F as
// \u00NN), but for tab, line ends and escape, which colours the lines of a log. UTF-8 without control characters is
// unchanged.
std::string Legible(std::string_view bytes);

// The same on one line that cannot disturb a terminal: \n, \r and \x1b are shown as well.
std::string LegibleLine(std::string_view bytes);

// `bytes` with U+FFFD in place of each that is not UTF-8: for what is in a syntax in which escapes mean something.
std::string ReplaceOddBytes(std::string_view bytes);

// Letters of ASCII in lower case: how names of headers, hosts, policies and resources are compared.
constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
std::string Lower(std::string_view text);
// `lower` is in lower case.
constexpr bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) { return Lower(a) == b; });
}

// Without the characters of `blanks` that it begins or ends with.
std::string_view Trim(std::string_view text, std::string_view blanks = " \t\r\n");

// The beginning of `text` of at most so many characters or bytes, cut between characters. Of bytes that are not UTF-8
// each one counts as a character.
std::string_view FirstCharacters(std::string_view text, std::size_t characters_max);
std::string_view FirstBytes(std::string_view text, std::size_t bytes_max);

}  // namespace sagebrush
