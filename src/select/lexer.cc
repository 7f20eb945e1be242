#include "select/lexer.h"

#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "select/select_errors.h"

namespace sagebrush::select {
namespace {

using Kind = Token::Kind;

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsNameStart(char c) { return (Lower(c) >= 'a' && Lower(c) <= 'z') || c == '_' || c == '$'; }
constexpr bool IsNamePart(char c) { return IsNameStart(c) || IsDigit(c); }

constexpr std::array<std::string_view, 5> kTwoCharacterSymbols{"<=", ">=", "<>", "!=", "||"};
constexpr std::string_view kSymbols = "()[],.*+-/%=<>;@";

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> Run() {
    std::vector<Token> out;
    do {
      out.push_back(Next());
    } while (out.back().kind != Kind::kEnd);
    return out;
  }

 private:
  Token Next() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    begin_ = at_;
    if (at_ == text_.size()) return {Kind::kEnd, "", begin_};
    const char c = text_[at_];
    if (IsNameStart(c)) return While(Kind::kName, IsNamePart);
    if (IsDigit(c) || (c == '.' && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1]))) return Number();
    if (c == '\'') return Quoted(Kind::kString, c);
    if (c == '"') return Quoted(Kind::kQuotedName, c);
    if (c == '`') return Quoted(Kind::kTimestamp, c);
    return Symbol();
  }

  Token While(Kind kind, bool (*belongs)(char)) {
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return {kind, std::string(text_.substr(begin_, at_ - begin_)), begin_};
  }

  Token Number() {
    const auto digits = [&] {
      while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    };
    digits();
    if (at_ < text_.size() && text_[at_] == '.') ++at_, digits();
    if (at_ < text_.size() && Lower(text_[at_]) == 'e') {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (at_ == text_.size() || !IsDigit(text_[at_])) {
        throw Error(kLexerInvalidLiteral, fmt::format("The number at position {} has no exponent.", begin_ + 1));
      }
      digits();
    }
    return {Kind::kNumber, std::string(text_.substr(begin_, at_ - begin_)), begin_};
  }

  // A quote inside is doubled.
  Token Quoted(Kind kind, char quote) {
    std::string out;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        if (at_ == text_.size() || text_[at_] != quote) return {kind, std::move(out), begin_};
      }
      if (text_[at_] == '\0') break;
      out += text_[at_];
    }
    throw Error(kind == Kind::kTimestamp ? kLexerInvalidIONLiteral : kLexerInvalidLiteral,
                fmt::format("The literal that begins at position {} has no closing {}.", begin_ + 1, quote));
  }

  Token Symbol() {
    for (const std::string_view symbol : kTwoCharacterSymbols) {
      if (!text_.substr(at_).starts_with(symbol)) continue;
      at_ += symbol.size();
      return {Kind::kSymbol, std::string(symbol), begin_};
    }
    if (kSymbols.find(text_[at_]) == std::string_view::npos) {
      throw Error(kLexerInvalidChar, fmt::format("The SQL expression has a character at position {} that means nothing "
                                                 "there: '{}'.",
                                                 begin_ + 1, FirstCharacters(text_.substr(at_), 1)));
    }
    return {Kind::kSymbol, std::string(1, text_[at_++]), begin_};
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
};

}  // namespace

std::vector<Token> Tokenize(std::string_view expression) { return Lexer(expression).Run(); }

}  // namespace sagebrush::select
