#include "base/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>
#include <boost/json/basic_parser_impl.hpp>

#include "base/error.h"
#include "base/text.h"

namespace sagebrush {
namespace {

namespace bj = boost::json;

// Builds a document from the parser's events; doubles are read again from their text with from_chars.
struct ExactHandler {
  // NOLINTBEGIN(readability-identifier-naming): the names that Boost.JSON looks for.
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;
  // NOLINTEND(readability-identifier-naming)

  bj::value_stack stack;
  std::string number;  // Parts of a number that the parser handed over before its last one.

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) { return true; }
  bool on_object_end(std::size_t n, bj::error_code&) {
    stack.push_object(n);
    return true;
  }
  bool on_array_begin(bj::error_code&) { return true; }
  bool on_array_end(std::size_t n, bj::error_code&) {
    stack.push_array(n);
    return true;
  }
  bool on_key_part(bj::string_view s, std::size_t, bj::error_code&) {
    stack.push_chars(s);
    return true;
  }
  bool on_key(bj::string_view s, std::size_t, bj::error_code&) {
    stack.push_key(s);
    return true;
  }
  bool on_string_part(bj::string_view s, std::size_t, bj::error_code&) {
    stack.push_chars(s);
    return true;
  }
  bool on_string(bj::string_view s, std::size_t, bj::error_code&) {
    stack.push_string(s);
    return true;
  }
  bool on_number_part(bj::string_view s, bj::error_code&) {
    number.append(s.data(), s.size());
    return true;
  }
  bool on_int64(std::int64_t i, bj::string_view, bj::error_code&) {
    number.clear();
    stack.push_int64(i);
    return true;
  }
  bool on_uint64(std::uint64_t u, bj::string_view, bj::error_code&) {
    number.clear();
    stack.push_uint64(u);
    return true;
  }
  bool on_double(double parsed, bj::string_view s, bj::error_code& ec) {
    number.append(s.data(), s.size());
    double exact = parsed;
    const auto result = std::from_chars(number.data(), number.data() + number.size(), exact);
    number.clear();
    if (result.ec == std::errc::result_out_of_range) exact = parsed;
    if (!std::isfinite(exact)) {
      ec = bj::error::exponent_overflow;
      return false;
    }
    stack.push_double(exact);
    return true;
  }
  bool on_bool(bool b, bj::error_code&) {
    stack.push_bool(b);
    return true;
  }
  bool on_null(bj::error_code&) {
    stack.push_null();
    return true;
  }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }
};

// What follows the backslash; 0: the character stands for itself.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> escapes{};
  for (std::size_t i = 0; i < 0x20; ++i) escapes[i] = 'u';
  for (const char c : {'"', '\\'}) escapes[static_cast<unsigned char>(c)] = c;
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  return escapes;
}();

// Whether one of eight characters needs an escape: "hasless" and "haszero" of Anderson's Bit Twiddling Hacks.
bool HasSpecial(std::uint64_t eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const auto less = [](std::uint64_t bytes, std::uint64_t than) {
    return (bytes - kOnes * than) & ~bytes & (kOnes * 0x80);
  };
  return (less(eight, 0x20) | less(eight ^ (kOnes * '"'), 1) | less(eight ^ (kOnes * '\\'), 1)) != 0;
}

char* WriteEscaped(std::string_view text, char* at) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kEscapes[byte] == 0) {
      *at++ = c;
      continue;
    }
    *at++ = '\\';
    *at++ = kEscapes[byte];
    if (kEscapes[byte] != 'u') continue;
    for (const char digit : {'0', '0', kHex[byte >> 4], kHex[byte & 15]}) *at++ = digit;
  }
  return at;
}

// By way of a block on the stack: appending to `out` character by character would cost more than all the rest.
// Returns whether it met a byte that is not ASCII.
bool AppendEscaped(std::string_view text, std::string& out) {
  constexpr std::size_t kBlock = 128;
  std::array<char, 6 * kBlock> block;
  std::uint64_t seen = 0;
  while (!text.empty()) {
    std::string_view piece = text.substr(0, kBlock);
    text.remove_prefix(piece.size());
    char* at = block.data();
    std::uint64_t eight = 0;
    for (; piece.size() >= sizeof eight; piece.remove_prefix(sizeof eight)) {
      std::memcpy(&eight, piece.data(), sizeof eight);
      std::memcpy(at, &eight, sizeof eight);
      seen |= eight;
      at = HasSpecial(eight) ? WriteEscaped(piece.substr(0, sizeof eight), at) : at + sizeof eight;
    }
    for (const char c : piece) seen |= static_cast<unsigned char>(c);
    at = WriteEscaped(piece, at);
    out.append(block.data(), static_cast<std::size_t>(at - block.data()));
  }
  return (seen & 0x8080808080808080) != 0;
}

// The last line of defence: JSON is UTF-8, or no client reads any of it. Bytes should have become text before.
void AppendString(std::string_view text, std::string& out) {
  out += '"';
  const std::size_t start = out.size();
  if (AppendEscaped(text, out) && !IsUtf8(text)) {
    out.resize(start);
    AppendEscaped(Legible(text), out);
  }
  out += '"';
}

template <typename Number>
void AppendNumber(Number number, std::string& out) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, number);
  out.append(buffer, result.ptr);
}

}  // namespace

Json ParseJson(std::string_view text) {
  bj::parse_options options;
  options.max_depth = 64;
  bj::basic_parser<ExactHandler> parser(options);
  bj::error_code error;
  parser.handler().stack.reset();
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (!error && used < text.size()) error = bj::error::extra_data;
  if (error) throw Error(kValidation, fmt::format("Malformed JSON at byte {}: {}.", used, error.message()));
  return parser.handler().stack.release();
}

Json ParseStoredJson(std::string_view text, std::string_view what) {
  try {
    return ParseJson(text);
  } catch (const Error& error) {
    throw Error(kInternalFailure, fmt::format("{} is damaged: {} Restore it from a backup.", what, error.what()));
  }
}

void AppendText(const Json& value, std::string& out) {
  switch (value.kind()) {
    case bj::kind::null:
      out += "null";
      break;
    case bj::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      break;
    case bj::kind::int64:
      AppendNumber(value.get_int64(), out);
      break;
    case bj::kind::uint64:
      AppendNumber(value.get_uint64(), out);
      break;
    case bj::kind::double_:
      if (std::isfinite(value.get_double())) {
        AppendNumber(value.get_double(), out);
        if (out.ends_with("-0")) out += ".0";  // "-0" would be read as an integer, which has no such zero.
      } else {
        out += "null";
      }
      break;
    case bj::kind::string:
      AppendString(value.get_string(), out);
      break;
    case bj::kind::array: {
      out += '[';
      bool first = true;
      for (const Json& element : value.get_array()) {
        if (!first) out += ',';
        first = false;
        AppendText(element, out);
      }
      out += ']';
      break;
    }
    case bj::kind::object: {
      out += '{';
      bool first = true;
      for (const auto& member : value.get_object()) {
        if (!first) out += ',';
        first = false;
        AppendString(member.key(), out);
        out += ':';
        AppendText(member.value(), out);
      }
      out += '}';
      break;
    }
  }
}

std::string ToText(const Json& value) {
  std::string out;
  AppendText(value, out);
  return out;
}

const Json* Find(const Json& document, std::string_view path) {
  const Json* at = &document;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    if (!at->is_object()) return nullptr;
    at = at->get_object().if_contains(bj::string_view(name.data(), name.size()));
    if (at == nullptr) return nullptr;
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return at;
}

namespace {
[[noreturn]] void ThrowType(std::string_view path, std::string_view wanted) {
  throw Error(kInternalFailure, fmt::format("Member {} is not {}.", path, wanted));
}
}  // namespace

std::string GetString(const Json& document, std::string_view path, std::string_view fallback) {
  const Json* value = Find(document, path);
  if (value == nullptr || value->is_null()) return std::string(fallback);
  if (!value->is_string()) ThrowType(path, "a string");
  return std::string(value->get_string());
}

std::int64_t GetInt(const Json& document, std::string_view path, std::int64_t fallback) {
  const Json* value = Find(document, path);
  if (value == nullptr || value->is_null()) return fallback;
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64()) return static_cast<std::int64_t>(value->get_uint64());
  if (value->is_double()) return static_cast<std::int64_t>(value->get_double());
  ThrowType(path, "a number");
}

double GetDouble(const Json& document, std::string_view path, double fallback) {
  const Json* value = Find(document, path);
  if (value == nullptr || value->is_null()) return fallback;
  if (value->is_double()) return value->get_double();
  if (value->is_int64()) return static_cast<double>(value->get_int64());
  if (value->is_uint64()) return static_cast<double>(value->get_uint64());
  ThrowType(path, "a number");
}

bool GetBool(const Json& document, std::string_view path, bool fallback) {
  const Json* value = Find(document, path);
  if (value == nullptr || value->is_null()) return fallback;
  if (!value->is_bool()) ThrowType(path, "a boolean");
  return value->get_bool();
}

}  // namespace sagebrush
