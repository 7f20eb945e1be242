#include "wire/java_pattern.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

namespace sagebrush::wire {
namespace {

struct PosixClass {
  std::string_view java;
  std::string_view members;  // What stands between the brackets.
};
constexpr PosixClass kPosixClasses[] = {
    {"Alnum", "a-zA-Z0-9"},
    {"Alpha", "a-zA-Z"},
    {"ASCII", "\\x00-\\x7F"},
    {"Blank", " \\t"},
    {"Cntrl", "\\x00-\\x1F\\x7F"},
    {"Digit", "0-9"},
    {"Graph", "!-~"},
    {"Lower", "a-z"},
    {"Print", " -~"},
    {"Punct", "!-\\/:-@\\[-`{-~"},
    {"Space", " \\t\\n\\x0B\\f\\r"},
    {"Upper", "A-Z"},
    {"XDigit", "0-9a-fA-F"},
};

class Translator {
 public:
  explicit Translator(std::string_view pattern) : rest_(pattern) {}

  std::string Run() {
    while (!rest_.empty()) {
      if (rest_[0] == '\\') {
        Escape();
      } else {
        Plain();
      }
    }
    return std::move(out_);
  }

 private:
  void Copy(std::size_t count) {
    out_ += rest_.substr(0, count);
    rest_.remove_prefix(std::min(count, rest_.size()));
  }

  void Plain() {
    const char c = rest_[0];
    if (c == '[' && !in_class_)
      in_class_ = true;
    else if (c == ']' && in_class_)
      in_class_ = false;
    Copy(1);
    // "$" matches nothing however often it is repeated; PCRE2 refuses to repeat it.
    if (c == '$' && !in_class_ && rest_.starts_with('{'))
      rest_.remove_prefix(std::min(rest_.find('}') + 1, rest_.size()));
    if (c == '{' && !in_class_) Bounds();
  }

  // Of what may be repeated more often than PCRE2 counts the bound is left out.
  void Bounds() {
    constexpr std::uint64_t kBoundMax = 65'535;
    const std::size_t comma = rest_.find(',');
    if (comma == std::string_view::npos) return;
    std::uint64_t bound = 0;
    const auto end = std::from_chars(rest_.data() + comma + 1, rest_.data() + rest_.size(), bound).ptr;
    if (bound <= kBoundMax || end == rest_.data() + rest_.size() || *end != '}') return;
    Copy(comma + 1);
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
  }

  void Escape() {
    if (const auto unit = CodeUnit(rest_)) return CodePoint(*unit);
    for (const PosixClass& posix : kPosixClasses) {
      const std::string name = fmt::format("\\p{{{}}}", posix.java);
      if (!rest_.starts_with(name)) continue;
      out_ += in_class_ ? std::string(posix.members) : fmt::format("[{}]", posix.members);
      rest_.remove_prefix(name.size());
      return LiteralDash();
    }
    const char kind = rest_.size() > 1 ? rest_[1] : ' ';
    if ((kind == 'p' || kind == 'P') && rest_.substr(2).starts_with('{')) {
      Copy(std::min(rest_.find('}'), rest_.size() - 1) + 1);
      return LiteralDash();
    }
    Copy(2);
    if (kind == 'w' || kind == 'W' || kind == 'd' || kind == 'D' || kind == 's' || kind == 'S') LiteralDash();
  }

  // A '-' behind a set of characters stands for itself.
  void LiteralDash() {
    if (!in_class_ || !rest_.starts_with('-')) return;
    out_ += "\\-";
    rest_.remove_prefix(1);
  }

  static std::optional<std::uint32_t> CodeUnit(std::string_view text) {
    if (!text.starts_with("\\u") || text.size() < 6) return std::nullopt;
    std::uint32_t unit = 0;
    const auto result = std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
    return result.ptr == text.data() + 6 ? std::optional(unit) : std::nullopt;
  }

  void CodePoint(std::uint32_t unit) {
    rest_.remove_prefix(6);
    const auto low = CodeUnit(rest_);
    if (unit >= 0xD800 && unit < 0xDC00 && low && *low >= 0xDC00 && *low < 0xE000) {
      unit = 0x10000 + ((unit - 0xD800) << 10) + (*low - 0xDC00);
      rest_.remove_prefix(6);
    }
    out_ += fmt::format("\\x{{{:X}}}", unit);
  }

  std::string_view rest_;
  std::string out_;
  bool in_class_ = false;
};

}  // namespace

std::string JavaToPcre2(std::string_view pattern) { return Translator(pattern).Run(); }

}  // namespace sagebrush::wire
