#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace sagebrush {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Length of the well-formed character that `text`, which is not empty, begins with; 0: none.
std::size_t CharacterLength(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  // Overlong forms, surrogates and what is above U+10FFFF.
  if ((first == 0xE0 && at(1) < 0xA0) || (first == 0xED && at(1) > 0x9F)) return 0;
  if ((first == 0xF0 && at(1) < 0x90) || (first == 0xF4 && at(1) > 0x8F)) return 0;
  return length;
}

// How many bytes at the beginning of `text` are ASCII, to a multiple of eight.
std::size_t AsciiPrefix(std::string_view text) {
  std::size_t i = 0;
  for (std::uint64_t eight = 0; i + sizeof eight <= text.size(); i += sizeof eight) {
    std::memcpy(&eight, text.data() + i, sizeof eight);
    if ((eight & kHighBits) != 0) break;
  }
  return i;
}

void AppendByte(unsigned char byte, std::string_view mark, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += mark;
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool IsKept(char c) { return c == '\t' || c == '\n' || c == '\r' || c == 0x1B; }

// The well-formed character `character`.
void AppendCharacter(std::string_view character, bool one_line, std::string& out) {
  const char first = character[0];
  if (first == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0) {
    AppendByte(static_cast<unsigned char>(character[1]), "\\u00", out);
  } else if (one_line && (first == '\n' || first == '\r')) {
    out += first == '\n' ? "\\n" : "\\r";
  } else if (IsControl(first) && (one_line ? first != '\t' : !IsKept(first))) {
    AppendByte(static_cast<unsigned char>(first), "\\x", out);
  } else {
    out += character;
  }
}

bool IsPlain(char c) { return static_cast<unsigned char>(c - 0x20) < 0x5F || c == '\t'; }  // In ASCII.

std::string Show(std::string_view bytes, bool one_line) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto plain = static_cast<std::size_t>(std::find_if_not(bytes.begin(), bytes.end(), IsPlain) - bytes.begin());
    out += bytes.substr(0, plain);
    bytes.remove_prefix(plain);
    if (bytes.empty()) break;
    const std::size_t length = CharacterLength(bytes);
    if (length == 0) {
      AppendByte(static_cast<unsigned char>(bytes[0]), "\\x", out);
    } else {
      AppendCharacter(bytes.substr(0, length), one_line, out);
    }
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  for (;;) {
    bytes.remove_prefix(AsciiPrefix(bytes));
    if (bytes.empty()) return true;
    const std::size_t length = CharacterLength(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
}

std::string Legible(std::string_view bytes) { return Show(bytes, false); }

std::string LegibleLine(std::string_view bytes) { return Show(bytes, true); }

std::string ReplaceOddBytes(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t length = CharacterLength(bytes);
    out += length == 0 ? std::string_view("\xEF\xBF\xBD") : bytes.substr(0, length);
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = Lower(c);
  return lower;
}

std::string_view Trim(std::string_view text, std::string_view blanks) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view FirstCharacters(std::string_view text, std::size_t characters_max) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < characters_max && end < text.size(); ++i) {
    end += std::max<std::size_t>(CharacterLength(text.substr(end)), 1);
  }
  return text.substr(0, end);
}

std::string_view FirstBytes(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t start = bytes_max;  // Of the character that the cut may fall into: at most four bytes long.
  while (start > 0 && bytes_max - start < 3 && IsContinuation(text[start])) --start;
  const std::size_t length = CharacterLength(text.substr(start));
  return text.substr(0, start < bytes_max && start + length > bytes_max ? start : bytes_max);
}

}  // namespace sagebrush
