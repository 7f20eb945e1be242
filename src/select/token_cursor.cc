#include "select/token_cursor.h"

#include <algorithm>

#include <fmt/format.h>

#include "select/select_errors.h"

namespace sagebrush::select {

TokenCursor::Level::Level(TokenCursor& cursor) : cursor_(cursor) {
  if (++cursor_.depth_ <= kDepthMax) return;
  --cursor_.depth_;
  throw Error(kUnsupportedSqlStructure,
              fmt::format("The SQL expression is nested more than {} levels deep.", kDepthMax));
}

const Token& TokenCursor::Ahead(std::size_t tokens) const {
  return tokens_[std::min(at_ + tokens, tokens_.size() - 1)];
}

Token TokenCursor::Take() {
  const Token& token = tokens_[at_];
  if (token.kind != Token::Kind::kEnd) ++at_;
  return token;
}

void TokenCursor::ExpectSymbol(std::string_view symbol) {
  if (!TakeSymbol(symbol)) Fail(kParseExpectedTokenType, fmt::format("Expected '{}'", symbol));
}

void TokenCursor::ExpectWord(std::string_view word) {
  if (!TakeWord(word)) Fail(kParseExpectedKeyword, "Expected " + Upper(std::string(word)));
}

void TokenCursor::Fail(const ErrorKind& kind, const std::string& what) const {
  const Token& token = Now();
  const std::string found =
      token.kind == Token::Kind::kEnd ? "its end" : fmt::format("'{}'", FirstCharacters(token.text, 60));
  throw Error(kind, fmt::format("{} at position {} of the SQL expression, found {}.", what, token.offset + 1, found));
}

std::string Upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

}  // namespace sagebrush::select
