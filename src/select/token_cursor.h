#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "select/lexer.h"

namespace sagebrush::select {

// The parser and whoever walks its tree call themselves for each level.
inline constexpr int kDepthMax = 100;

// A place in the tokens of an expression, from which they are looked at and taken. Words are given in lower case.
class TokenCursor {
 public:
  explicit TokenCursor(std::string_view expression) : tokens_(Tokenize(expression)) {}

  // A level of the grammar deeper while it lives. Throws UnsupportedSqlStructure at kDepthMax.
  class Level {
   public:
    explicit Level(TokenCursor& cursor);
    ~Level() { --cursor_.depth_; }
    Level(const Level&) = delete;

   private:
    TokenCursor& cursor_;
  };

  const Token& Now() const { return tokens_[at_]; }
  const Token& Ahead(std::size_t tokens = 1) const;  // kEnd behind the end.
  Token Take();
  static bool IsWord(const Token& token, std::string_view lower) {
    return token.kind == Token::Kind::kName && EqualsIgnoringCase(token.text, lower);
  }
  bool TakeWord(std::string_view lower) { return IsWord(Now(), lower) && (++at_, true); }
  bool IsSymbol(std::string_view symbol) const { return Now().kind == Token::Kind::kSymbol && Now().text == symbol; }
  bool TakeSymbol(std::string_view symbol) { return IsSymbol(symbol) && (++at_, true); }
  // Throw ParseExpectedTokenType, ParseExpectedKeyword.
  void ExpectSymbol(std::string_view symbol);
  void ExpectWord(std::string_view word);

  // Throws Error(kind) that says what was expected, and where.
  [[noreturn]] void Fail(const ErrorKind& kind, const std::string& what) const;

 private:
  const std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

std::string Upper(std::string text);

}  // namespace sagebrush::select
