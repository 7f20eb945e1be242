#include "select/query.h"

namespace sagebrush::select {

using Kind = Expression::Kind;

Expression Make(Expression::Kind kind, std::string text, std::vector<Expression> children) {
  return {.kind = kind, .text = std::move(text), .children = std::move(children)};
}

Expression NumberLiteral(const std::string& text) {
  if (text.find_first_of("eE") != std::string::npos) return Make(Kind::kFloat, text);
  return Make(text.find('.') == std::string::npos ? Kind::kInteger : Kind::kDecimal, text);
}

int SizeOf(const Expression& expression) {
  int out = 1;
  for (const Expression& child : expression.children) out += SizeOf(child);
  return out;
}

}  // namespace sagebrush::select
