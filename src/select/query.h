#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What a SELECT of S3's dialect says.
namespace sagebrush::select {

struct PathStep {
  enum class Kind { kName, kIndex, kAllElements /* [*] */, kAllMembers /* .* */ };
  Kind kind = Kind::kName;
  std::string name{};   // kName
  bool quoted = false;  // Then case counts.
  std::int64_t index = 0;
};

struct Expression {
  enum class Kind {
    kNull,
    kMissing,
    kBoolean,    // text: true, false
    kInteger,    // text
    kDecimal,    // text
    kFloat,      // text
    kString,     // text
    kTimestamp,  // text
    kPath,       // path
    kNot,        // children: 1
    kNegate,     // 1
    kBinary,     // text: the operator or AND, OR; 2
    kLike,       // text, pattern, escape if any
    kIn,         // value, candidates
    kBetween,    // value, lower, upper
    kIsNull,     // 1
    kIsMissing,  // 1
    kCase,       // when, then, when, then, ..., else if their number is odd
    kCast,       // text: type in upper case; 1
    kFunction,   // text: name in upper case
    kAggregate,  // text: name in upper case; 1, none for COUNT(*)
  };
  Kind kind = Kind::kNull;
  std::string text{};
  std::vector<Expression> children{};
  std::vector<PathStep> path{};
  std::vector<int> type_parameters{};  // kCast: DECIMAL(precision, scale)
};

Expression Make(Expression::Kind kind, std::string text, std::vector<Expression> children = {});
// Of digits, a point and an exponent, as the lexer saw.
Expression NumberLiteral(const std::string& text);
// How many expressions it is made of.
int SizeOf(const Expression& expression);

struct Projection {
  Expression value;
  std::string alias{};  // Empty: none given.
};

struct Query {
  bool all = false;  // SELECT *
  std::vector<Projection> projections{};
  std::vector<PathStep> source{};  // Behind S3Object.
  std::string alias{};             // Of the source; empty: none.
  std::optional<Expression> where{};
  std::optional<std::int64_t> limit{};
};

}  // namespace sagebrush::select
