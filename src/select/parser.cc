#include "select/parser.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "select/keywords.h"
#include "select/select_errors.h"
#include "select/token_cursor.h"

namespace sagebrush::select {
namespace {

using Kind = Expression::Kind;
using Step = PathStep::Kind;

class Parser : private TokenCursor {
 public:
  explicit Parser(std::string_view text) : TokenCursor(text) {}

  Query Run() {
    if (Now().kind == Token::Kind::kEnd) throw Error(kParseEmptySelect, "The SQL expression is empty.");
    if (!TakeWord("select")) Fail(kParseUnsupportedSyntax, "SELECT is the only statement; expected it");
    SelectList();
    if (!TakeWord("from")) Fail(kParseSelectMissingFrom, "Expected FROM");
    Source();
    if (TakeWord("where")) query_.where = Or();
    if (TakeWord("limit")) query_.limit = Limit();
    TakeSymbol(";");
    if (Now().kind != Token::Kind::kEnd) Unexpected();
    return std::move(query_);
  }

 private:
  // What stands where a clause or the end should: what is known from SQL at large gets its own words.
  [[noreturn]] void Unexpected() const {
    const Token& token = Now();
    if (IsSymbol(",") || IsWord(token, "join") || IsWord(token, "inner") || IsWord(token, "left")) {
      Fail(kMultipleDataSourcesUnsupported, "Joins are not supported: S3Object is the only source;");
    }
    for (const std::string_view word : {"group", "order", "having", "union", "offset", "with"}) {
      if (IsWord(token, word)) {
        Fail(kUnsupportedSqlStructure, Upper(std::string(word)) + " is not supported: unexpected clause");
      }
    }
    Fail(token.kind == Token::Kind::kName ? kParseUnexpectedKeyword : kParseUnexpectedToken,
         "Expected the end of the clause");
  }

  void SelectList() {
    if (TakeSymbol("*")) {
      query_.all = true;
      if (IsSymbol(",")) Fail(kParseAsteriskIsNotAloneInSelectList, "* stands alone in a select list: expected FROM");
      return;
    }
    if (IsWord(Now(), "from")) Fail(kParseEmptySelect, "Expected something to select");
    do {
      if (IsSymbol("*"))
        Fail(kParseAsteriskIsNotAloneInSelectList, "* stands alone in a select list: expected a value");
      if (IsAllOfSource()) return;
      Projection projection{Or()};
      if (TakeWord("as")) {
        projection.alias = Alias();
      } else if (IsAlias()) {
        projection.alias = Take().text;
      }
      query_.projections.push_back(std::move(projection));
    } while (TakeSymbol(","));
  }

  // s.* alone: as *.
  bool IsAllOfSource() {
    const bool is = query_.projections.empty() && Now().kind == Token::Kind::kName && Ahead(1).text == "." &&
                    Ahead(2).text == "*" && IsWord(Ahead(3), "from");
    if (!is) return false;
    all_of_ = Take().text;
    Take();
    Take();
    return query_.all = true;
  }

  bool IsAlias() const {
    return Now().kind == Token::Kind::kQuotedName ||
           (Now().kind == Token::Kind::kName && !Contains(kReserved, Lower(Now().text)));
  }

  std::string Alias() {
    if (!IsAlias()) Fail(kParseExpectedIdentForAlias, "Expected a name");
    return Take().text;
  }

  void Source() {
    if (IsSymbol("(")) Fail(kParseUnsupportedSelect, "Subqueries are not supported: expected S3Object");
    if (!TakeWord("s3object")) Fail(kInvalidDataSource, "Expected S3Object");
    query_.source = Path(true);
    if (TakeWord("as")) {
      query_.alias = Alias();
    } else if (IsAlias() && !IsClause()) {
      query_.alias = Take().text;
    }
    if (!all_of_.empty() && !EqualsIgnoringCase(all_of_, Lower(query_.alias)) && Lower(all_of_) != "s3object") {
      throw Error(kInvalidTableAlias, fmt::format("{} in {}.* is not the alias of the source.", all_of_, all_of_));
    }
  }

  bool IsClause() const {
    for (const std::string_view word : {"group", "order", "having", "union", "offset", "inner", "left"}) {
      if (IsWord(Now(), word)) return true;
    }
    return false;
  }

  std::int64_t Limit() {
    std::int64_t out = 0;
    const Token token = Now();
    const auto [end, error] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), out);
    if (token.kind != Token::Kind::kNumber || error != std::errc() || end != token.text.data() + token.text.size()) {
      Fail(kParseExpectedNumber, "Expected a whole number");
    }
    Take();
    return out;
  }

  // Steps behind a name: .name ["name"] ['name'] [1] and, `wildcards`, [*] .*
  std::vector<PathStep> Path(bool wildcards) {
    std::vector<PathStep> out;
    for (;;) {
      if (out.size() > kDepthMax) Fail(kInvalidKeyPath, "The path is too long: unexpected step");
      if (TakeSymbol(".")) {
        if (wildcards && TakeSymbol("*")) {
          out.push_back({Step::kAllMembers});
          continue;
        }
        if (Now().kind != Token::Kind::kName && Now().kind != Token::Kind::kQuotedName) {
          Fail(kParseInvalidPathComponent, "Expected a name");
        }
        const bool quoted = Now().kind == Token::Kind::kQuotedName;
        out.push_back({.kind = Step::kName, .name = Take().text, .quoted = quoted});
      } else if (TakeSymbol("[")) {
        out.push_back(Subscript(wildcards));
        ExpectSymbol("]");
      } else {
        return out;
      }
    }
  }

  PathStep Subscript(bool wildcards) {
    if (wildcards && TakeSymbol("*")) return {Step::kAllElements};
    const Token token = Now();
    if (token.kind == Token::Kind::kString || token.kind == Token::Kind::kQuotedName) {
      Take();
      return {.kind = Step::kName, .name = token.text, .quoted = true};
    }
    PathStep step{Step::kIndex};
    const auto [end, error] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), step.index);
    if (token.kind != Token::Kind::kNumber || error != std::errc() || end != token.text.data() + token.text.size()) {
      Fail(kParseInvalidPathComponent, "Expected an index or a name");
    }
    Take();
    return step;
  }

  Expression Or() {
    const Level level(*this);
    Expression left = And();
    while (TakeWord("or")) left = Join("OR", std::move(left), And());
    return left;
  }

  Expression And() {
    Expression left = Not();
    while (TakeWord("and")) left = Join("AND", std::move(left), Not());
    return left;
  }

  // A long chain is a deep tree.
  void Charge(int operators) {
    if ((joined_ += operators) > kChainMax) {
      throw Error(kUnsupportedSqlStructure, fmt::format("The SQL expression has more than {} operators.", kChainMax));
    }
  }

  Expression Join(std::string op, Expression left, Expression right) {
    Charge(1);
    std::vector<Expression> children;
    children.push_back(std::move(left));
    children.push_back(std::move(right));
    return Make(Kind::kBinary, std::move(op), std::move(children));
  }

  Expression Not() {
    const Level level(*this);
    if (!TakeWord("not")) return Predicate();
    return Make(Kind::kNot, "", {Not()});
  }

  Expression Predicate() {
    Expression left = Sum();
    for (;;) {
      const bool negated =
          IsWord(Now(), "not") && (IsWord(Ahead(), "in") || IsWord(Ahead(), "like") || IsWord(Ahead(), "between"));
      if (negated) Take();
      Expression next;
      if (TakeWord("in")) {
        next = In(std::move(left));
      } else if (TakeWord("like")) {
        next = Like(std::move(left));
      } else if (TakeWord("between")) {
        next = Between(std::move(left));
      } else if (TakeWord("is")) {
        left = Is(std::move(left));
        continue;
      } else if (IsComparison()) {
        std::string op = Take().text;
        left = Join(op == "!=" ? "<>" : std::move(op), std::move(left), Sum());
        continue;
      } else {
        return left;
      }
      left = negated ? Make(Kind::kNot, "", {std::move(next)}) : std::move(next);
    }
  }

  bool IsComparison() const {
    for (const std::string_view symbol : {"=", "<", ">", "<=", ">=", "<>", "!="}) {
      if (IsSymbol(symbol)) return true;
    }
    return false;
  }

  Expression In(Expression value) {
    Expression out = Make(Kind::kIn, "", {std::move(value)});
    ExpectSymbol("(");
    if (IsWord(Now(), "select")) Fail(kParseUnsupportedSelect, "Subqueries are not supported: expected a value");
    do {
      out.children.push_back(Or());
    } while (TakeSymbol(","));
    ExpectSymbol(")");
    return out;
  }

  Expression Like(Expression value) {
    Expression out = Make(Kind::kLike, "", {std::move(value), Sum()});
    if (TakeWord("escape")) {
      if (Now().kind != Token::Kind::kString || Now().text.size() != 1) {
        Fail(kLikeInvalidInputs, "Expected one character in quotes as ESCAPE");
      }
      out.children.push_back(Make(Kind::kString, Take().text));
    }
    return out;
  }

  Expression Between(Expression value) {
    Expression lower = Sum();
    ExpectWord("and");
    return Make(Kind::kBetween, "", {std::move(value), std::move(lower), Sum()});
  }

  Expression Is(Expression value) {
    const bool negated = TakeWord("not");
    Expression out = Make(Kind::kIsNull, "", {std::move(value)});
    if (TakeWord("missing")) {
      out.kind = Kind::kIsMissing;
    } else if (!TakeWord("null")) {
      Fail(kParseExpectedKeyword, "Expected NULL or MISSING");
    }
    return negated ? Make(Kind::kNot, "", {std::move(out)}) : out;
  }

  Expression Sum() {
    Expression left = Product();
    while (IsSymbol("+") || IsSymbol("-") || IsSymbol("||")) {
      std::string op = Take().text;
      left = Join(std::move(op), std::move(left), Product());
    }
    return left;
  }

  Expression Product() {
    Expression left = Unary();
    while (IsSymbol("*") || IsSymbol("/") || IsSymbol("%")) {
      std::string op = Take().text;
      left = Join(std::move(op), std::move(left), Unary());
    }
    return left;
  }

  Expression Unary() {
    const Level level(*this);
    if (TakeSymbol("+")) return Unary();
    if (TakeSymbol("-")) return Make(Kind::kNegate, "", {Unary()});
    return Primary();
  }

  Expression Primary() {
    const Token token = Now();
    switch (token.kind) {
      case Token::Kind::kNumber:
        Take();
        return NumberLiteral(token.text);
      case Token::Kind::kString:
        Take();
        return Make(Kind::kString, token.text);
      case Token::Kind::kTimestamp:
        Take();
        return Make(Kind::kTimestamp, token.text);
      case Token::Kind::kQuotedName:
        return Reference();
      case Token::Kind::kName:
        return Word();
      case Token::Kind::kSymbol:
        if (TakeSymbol("(")) {
          if (IsWord(Now(), "select")) Fail(kParseUnsupportedSelect, "Subqueries are not supported: expected a value");
          Expression inner = Or();
          ExpectSymbol(")");
          return inner;
        }
        break;
      case Token::Kind::kEnd:
        break;
    }
    Fail(kParseUnexpectedTerm, "Expected a value");
  }

  Expression Reference() {
    const bool quoted = Now().kind == Token::Kind::kQuotedName;
    Expression out{.kind = Kind::kPath};
    out.path.push_back({.kind = Step::kName, .name = Take().text, .quoted = quoted});
    for (PathStep& step : Path(false)) out.path.push_back(std::move(step));
    return out;
  }

  Expression Word() {
    if (TakeWord("null")) return Make(Kind::kNull, "");
    if (TakeWord("missing")) return Make(Kind::kMissing, "");
    if (IsWord(Now(), "true") || IsWord(Now(), "false")) return Make(Kind::kBoolean, Lower(Take().text));
    if (TakeWord("case")) return Case();
    const bool call = Ahead().kind == Token::Kind::kSymbol && Ahead().text == "(";
    if (call) return Call();
    if (Contains(kReserved, Lower(Now().text))) Fail(kParseUnexpectedKeyword, "Expected a value");
    return Reference();
  }

  Expression Case() {
    // CASE x WHEN 1 is CASE WHEN x = 1.
    std::optional<Expression> subject;
    if (!IsWord(Now(), "when")) subject = Or();
    Expression out = Make(Kind::kCase, "");
    if (!IsWord(Now(), "when")) Fail(kParseExpectedWhenClause, "Expected WHEN");
    while (TakeWord("when")) {
      Expression when = Or();
      if (subject) Charge(SizeOf(*subject));  // Copies of copies of copies are many.
      out.children.push_back(subject ? Join("=", *subject, std::move(when)) : std::move(when));
      ExpectWord("then");
      out.children.push_back(Or());
    }
    if (TakeWord("else")) out.children.push_back(Or());
    ExpectWord("end");
    return out;
  }

  Expression Call() {
    const std::string name = Lower(Take().text);
    ExpectSymbol("(");
    if (name == "cast") return Cast();
    if (name == "extract") return Extract();
    if (name == "trim") return TrimCall();
    if (name == "substring") return Substring();
    const bool aggregate = Contains(kAggregates, name);
    Expression out = Make(aggregate ? Kind::kAggregate : Kind::kFunction, Upper(name));
    if (IsSymbol("*")) {
      if (name != "count") Fail(kParseUnsupportedCallWithStar, "Only COUNT takes *: expected a value");
      Take();
      ExpectSymbol(")");
      return out;
    }
    if (name == "date_add" || name == "date_diff") {
      out.children.push_back(DatePart());
      ExpectSymbol(",");
    }
    if (!IsSymbol(")")) Arguments(out);
    ExpectSymbol(")");
    if (aggregate && out.children.size() != 1) Fail(kEvaluatorInvalidArguments, out.text + " takes one argument;");
    return out;
  }

  void Arguments(Expression& call) {
    do {
      call.children.push_back(Or());
    } while (TakeSymbol(","));
  }

  Expression DatePart() {
    const std::string part = Lower(Now().text);
    if (Now().kind != Token::Kind::kName || !Contains(kDateParts, part)) {
      Fail(kParseExpectedDatePart, "Expected year, month, day, hour, minute or second");
    }
    if (part == "timezone_hour") Fail(kUnsupportedFunction, "Times are in UTC and keep no time zone: unexpected part");
    Take();
    return Make(Kind::kString, part);
  }

  Expression Extract() {
    Expression part = DatePart();
    ExpectWord("from");
    Expression value = Or();
    ExpectSymbol(")");
    return Make(Kind::kFunction, "EXTRACT", {std::move(part), std::move(value)});
  }

  // TRIM([[LEADING | TRAILING | BOTH] [characters] FROM] text)
  Expression TrimCall() {
    std::string side;
    for (const std::string_view word : {"leading", "trailing", "both"}) {
      if (side.empty() && TakeWord(word)) side = Upper(std::string(word));
    }
    const bool sided = !side.empty();
    if (!sided) side = "BOTH";
    Expression characters = Make(Kind::kString, " ");
    if (!TakeWord("from")) {
      Expression first = Or();
      if (!TakeWord("from")) {
        if (sided) Fail(kParseExpectedKeyword, "Expected FROM");
        ExpectSymbol(")");
        return Make(Kind::kFunction, "TRIM BOTH", {std::move(first), std::move(characters)});
      }
      characters = std::move(first);
    }
    Expression text = Or();
    ExpectSymbol(")");
    return Make(Kind::kFunction, "TRIM " + side, {std::move(text), std::move(characters)});
  }

  // SUBSTRING(text, from [, count]) or SUBSTRING(text FROM from [FOR count])
  Expression Substring() {
    Expression out = Make(Kind::kFunction, "SUBSTRING", {Or()});
    const bool words = TakeWord("from");
    if (!words) ExpectSymbol(",");
    out.children.push_back(Or());
    if (words ? TakeWord("for") : TakeSymbol(",")) out.children.push_back(Or());
    ExpectSymbol(")");
    return out;
  }

  Expression Cast() {
    Expression out = Make(Kind::kCast, "", {Or()});
    ExpectWord("as");
    if (Now().kind != Token::Kind::kName || !Contains(kTypes, Lower(Now().text))) {
      Fail(kParseExpectedTypeName, "Expected the name of a type");
    }
    out.text = Upper(Take().text);
    if (TakeSymbol("(")) {
      do {
        out.type_parameters.push_back(TypeParameter());
      } while (TakeSymbol(","));
      ExpectSymbol(")");
    }
    ExpectSymbol(")");
    return out;
  }

  int TypeParameter() {
    constexpr int kPrecisionMax = 38;
    int out = 0;
    const std::string& text = Now().text;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (Now().kind != Token::Kind::kNumber || error != std::errc() || end != text.data() + text.size() ||
        out > kPrecisionMax) {
      Fail(kParseInvalidTypeParam, fmt::format("Expected a number up to {}", kPrecisionMax));
    }
    Take();
    return out;
  }

  static constexpr int kChainMax = 2000;

  int joined_ = 0;
  std::string all_of_;  // What stands before .* in SELECT s.*
  Query query_;
};

}  // namespace

Query ParseQuery(std::string_view expression) {
  if (expression.size() > kExpressionBytesMax) {
    throw Error(kExpressionTooLong, fmt::format("The SQL expression has {} bytes; the longest has {}.",
                                                expression.size(), kExpressionBytesMax));
  }
  if (!IsUtf8(expression)) throw Error(kInvalidTextEncoding, "The SQL expression is not UTF-8.");
  return Parser(expression).Run();
}

}  // namespace sagebrush::select
