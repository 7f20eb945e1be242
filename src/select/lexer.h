#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sagebrush::select {

struct Token {
  enum class Kind {
    kName,        // name, also a keyword
    kQuotedName,  // "name"; `text` without the quotes
    kString,      // 'text'; `text` without the quotes
    kNumber,
    kTimestamp,  // `2007T`
    kSymbol,     // ( ) [ ] , . * + - / % = < > <= >= <> != ||
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string text;
  std::size_t offset = 0;  // In the expression, in bytes.
};

// The tokens of an expression; the last is kEnd. Throws Error: LexerInvalidChar, LexerInvalidLiteral,
// LexerInvalidIONLiteral.
std::vector<Token> Tokenize(std::string_view expression);

}  // namespace sagebrush::select
