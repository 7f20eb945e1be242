#include "select/translation.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "base/text.h"
#include "select/select_errors.h"
#include "select/timestamp_format.h"

namespace sagebrush::select {
namespace {

using Kind = Expression::Kind;
using Step = PathStep::Kind;

constexpr int kColumnsMax = 10'000;
constexpr std::size_t kSqlBytesMax = 1 << 20;  // Operands are repeated: of a deep expression more and more.

// N of "_N"; 0: it is no such name.
int PositionOf(std::string_view name) {
  if (name.size() < 2 || name[0] != '_') return 0;
  int out = 0;
  const auto [end, error] = std::from_chars(name.data() + 1, name.data() + name.size(), out);
  if (error == std::errc::result_out_of_range || out > kColumnsMax) {
    throw Error(kOverMaxColumn, fmt::format("There are no more than {} columns: {} is none.", kColumnsMax, name));
  }
  return error == std::errc() && end == name.data() + name.size() && out > 0 ? out : 0;
}

int HighestPositionIn(const Expression& expression) {
  int out = 0;
  for (const PathStep& step : expression.path) {
    if (step.kind == Step::kName) out = std::max(out, PositionOf(step.name));
  }
  for (const Expression& child : expression.children) out = std::max(out, HighestPositionIn(child));
  return out;
}

bool HasAggregate(const Expression& expression) {
  return expression.kind == Kind::kAggregate ||
         std::any_of(expression.children.begin(), expression.children.end(), HasAggregate);
}

bool Matches(const PathStep& step, std::string_view name) {
  return step.quoted ? step.name == name : Lower(step.name) == Lower(name);
}

// A path of one member in DuckDB's JSON functions (RFC 6901).
std::string Pointer(std::string_view name) {
  std::string out = "/";
  for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

std::string Take(const PathStep& step, const std::string& json) {
  if (step.kind == Step::kIndex) return fmt::format("json_extract({}, '$[{}]')", json, step.index);
  const std::string exact = fmt::format("json_extract({}, {})", json, Literal(Pointer(step.name)));
  if (step.quoted) return exact;
  return fmt::format("coalesce({}, s3_member({}, {}))", exact, json, Literal(Lower(step.name)));
}

class Translator {
 public:
  Translator(const Query& query, const Source& source) : query_(query), source_(source) {}

  Translation Run() {
    if (source_.format != SourceFormat::kJson && !query_.source.empty()) CheckFlatSource();
    Translation out;
    std::string selected;
    const auto add = [&](std::string name, const Value& value) {
      selected += fmt::format("{}{}", selected.empty() ? "" : ", ", Shown(value));
      out.columns.push_back({std::move(name), value.type});
    };
    if (query_.all) {
      AddAll(add);
    } else {
      CheckAggregates();
      for (std::size_t i = 0; i < query_.projections.size(); ++i) {
        const Projection& projection = query_.projections[i];
        add(NameOf(projection, i + 1), Translate(projection.value));
      }
    }
    out.sql = fmt::format("SELECT {} FROM {}", selected, Table());
    if (query_.where) {
      if (HasAggregate(*query_.where)) {
        throw Error(kUnsupportedSqlStructure, "WHERE looks at one record: it cannot have an aggregate function.");
      }
      out.sql += " WHERE " + Truth(Translate(*query_.where));
    }
    if (query_.limit) out.sql += fmt::format(" LIMIT {}", *query_.limit);
    return out;
  }

 private:
  void CheckFlatSource() const {
    // S3Object[*] is the same as S3Object: its records.
    if (query_.source.size() == 1 && query_.source[0].kind == Step::kAllElements) return;
    throw Error(kInvalidDataSource, "Only JSON has a path behind S3Object.");
  }

  void CheckAggregates() const {
    const auto aggregate = [](const Projection& each) { return HasAggregate(each.value); };
    const auto& all = query_.projections;
    if (std::any_of(all.begin(), all.end(), aggregate) && !std::all_of(all.begin(), all.end(), aggregate)) {
      throw Error(
          kUnsupportedSqlStructure,
          "Aggregate functions and values of single records cannot be selected together: there is no GROUP BY.");
    }
  }

  static std::string NameOf(const Projection& projection, std::size_t position) {
    if (!projection.alias.empty()) return projection.alias;
    const auto& path = projection.value.path;
    if (!path.empty() && path.back().kind == Step::kName) return path.back().name;
    return fmt::format("_{}", position);
  }

  template <typename Add>
  void AddAll(const Add& add) {
    if (source_.format == SourceFormat::kJson) return add("", {"v", ValueType::kRecord});
    for (std::size_t i = 0; i < source_.columns.size(); ++i) {
      const Column& column = source_.columns[i];
      add(column.name.empty() ? fmt::format("_{}", i + 1) : column.name, {column.sql, column.type});
    }
  }

  std::string Table() const {
    if (source_.format != SourceFormat::kJson) return source_.table;
    std::string out = fmt::format("(SELECT json AS v FROM {})", source_.table);
    bool first = true;
    for (const PathStep& step : query_.source) {
      const bool records = first && step.kind == Step::kAllElements;  // S3Object[*]
      first = false;
      if (records) continue;
      out = fmt::format("(SELECT {} AS v FROM {})", StepOfSource(step), out);
    }
    return out;
  }

  // What a wildcard does not match is one MISSING.
  static std::string StepOfSource(const PathStep& step) {
    if (step.kind == Step::kAllElements) return "unnest(s3_some(json_extract(v, '$[*]')))";
    if (step.kind == Step::kAllMembers) return "unnest(s3_some(json_extract(v, '$.*')))";
    return Take(step, "v");
  }

  Value Translate(const Expression& expression) {
    Value out = Choose(expression);
    if (out.sql.size() > kSqlBytesMax) {
      throw Error(kUnsupportedSqlStructure, "The SQL expression is too large: use fewer nested values.");
    }
    return out;
  }

  Value Choose(const Expression& e) {
    switch (e.kind) {
      case Kind::kNull:
      case Kind::kMissing:
        return {"NULL", ValueType::kNull};
      case Kind::kBoolean:
        return {e.text, ValueType::kBoolean};
      case Kind::kInteger:
      case Kind::kDecimal:
        return {Number(e.text), ValueType::kNumber};
      case Kind::kFloat:
        return {fmt::format("CAST({} AS DOUBLE)", Literal(e.text)), ValueType::kNumber};
      case Kind::kString:
        return {Literal(e.text), ValueType::kText};
      case Kind::kTimestamp:
        return {fmt::format("s3_time({})", Literal(e.text)), ValueType::kTime};
      case Kind::kPath:
        return Reference(e.path);
      case Kind::kNot:
        return {fmt::format("(NOT {})", Truth(Translate(e.children[0]))), ValueType::kBoolean};
      case Kind::kNegate:
        return {fmt::format("(- {})", NumberOf(Translate(e.children[0]))), ValueType::kNumber};
      case Kind::kBinary:
        return Binary(e.text, Translate(e.children[0]), Translate(e.children[1]));
      case Kind::kLike:
        return Like(e);
      case Kind::kIn:
        return In(e);
      case Kind::kBetween:
        return Between(e);
      case Kind::kIsNull:
        return IsNull(Translate(e.children[0]));
      case Kind::kIsMissing:
        return {fmt::format("({} IS NULL)", Translate(e.children[0]).sql), ValueType::kBoolean};
      case Kind::kCase:
        return Case(e);
      case Kind::kCast:
        return Cast(e);
      case Kind::kFunction:
        return Function(e);
      case Kind::kAggregate:
        return Aggregate(e);
    }
    throw Error(kInternalError, "An expression of no kind.");
  }

  // Digits and a point only, as the lexer saw. What no DECIMAL of DuckDB's holds is a DOUBLE.
  static std::string Number(const std::string& text) {
    constexpr std::size_t kDigitsMax = 38;
    return text.size() < kDigitsMax ? text : fmt::format("CAST({} AS DOUBLE)", Literal(text));
  }

  Value Reference(std::span<const PathStep> path) const {
    const bool of_source =
        path[0].kind == Step::kName && (query_.alias.empty() ? false : Matches(path[0], query_.alias));
    const bool of_object = path[0].kind == Step::kName && !path[0].quoted && Lower(path[0].name) == "s3object";
    const bool qualified = of_source || of_object;
    if (source_.format == SourceFormat::kJson) return JsonReference(qualified ? path.subspan(1) : path, qualified);
    if (qualified && path.size() > 1) path = path.subspan(1);
    const Column& column = Find(path[0]);
    if (path.size() == 1) return {column.sql, column.type};
    if (column.type != ValueType::kJson) {
      throw Error(kInvalidKeyPath, fmt::format("{} is a column: it has no members or elements.", path[0].name));
    }
    return Walk(path.subspan(1), column.sql);
  }

  Value JsonReference(std::span<const PathStep> path, bool qualified) const {
    if (!qualified && path.size() == 1 && IsRow(path[0])) return {"v", ValueType::kJson};
    return Walk(path, "v");
  }

  // Without an alias a row of S3Object[*].a[*].b goes by its last name, and by _1 where a wildcard is last.
  bool IsRow(const PathStep& step) const {
    if (!query_.alias.empty() || query_.source.size() < 2 || step.kind != Step::kName) return false;
    const PathStep& last = query_.source.back();
    return last.kind == Step::kName ? Matches(step, last.name) : step.name == "_1";
  }

  static Value Walk(std::span<const PathStep> path, std::string json) {
    for (const PathStep& step : path) {
      json = Take(step, json);
      if (json.size() > kSqlBytesMax) throw Error(kInvalidKeyPath, "The path is too long.");
    }
    return {std::move(json), ValueType::kJson};
  }

  const Column& Find(const PathStep& step) const {
    const Column* found = nullptr;
    for (const Column& column : source_.columns) {
      if (column.name.empty() || !Matches(step, column.name)) continue;
      if (found != nullptr) {
        throw Error(kAmbiguousFieldName, fmt::format("Several columns are called {}: put the name in double quotes, or "
                                                     "use _1, _2 and so on.",
                                                     step.name));
      }
      found = &column;
    }
    if (found != nullptr) return *found;
    const int position = step.quoted ? 0 : PositionOf(step.name);
    if (position > 0 && position <= static_cast<int>(source_.columns.size())) {
      return source_.columns[static_cast<std::size_t>(position) - 1];
    }
    const bool named = !source_.columns.empty() && !source_.columns[0].name.empty();
    throw Error(source_.format == SourceFormat::kCsv && named ? kMissingHeaders : kEvaluatorBindingDoesNotExist,
                fmt::format("The object has no column {}.", step.name));
  }

  Value Binary(const std::string& op, const Value& left, const Value& right) const {
    if (op == "AND" || op == "OR") {
      return {fmt::format("({} {} {})", Truth(left), op, Truth(right)), ValueType::kBoolean};
    }
    if (op == "||") return {fmt::format("({} || {})", Text(left), Text(right)), ValueType::kText};
    if (std::string_view("+-*/%").find(op) != std::string_view::npos) {
      return {fmt::format("({} {} {})", NumberOf(left), op, NumberOf(right)), ValueType::kNumber};
    }
    return {Compare(op, left, right), ValueType::kBoolean};
  }

  Value Like(const Expression& e) {
    std::string sql = fmt::format("({} LIKE {}", Text(Translate(e.children[0])), Text(Translate(e.children[1])));
    if (e.children.size() > 2) sql += fmt::format(" ESCAPE {}", Literal(e.children[2].text));
    return {sql + ")", ValueType::kBoolean};
  }

  Value In(const Expression& e) {
    const Value value = Translate(e.children[0]);
    std::string sql;
    for (std::size_t i = 1; i < e.children.size(); ++i) {
      sql += fmt::format("{}{}", i == 1 ? "(" : " OR ", Compare("=", value, Translate(e.children[i])));
      if (sql.size() > kSqlBytesMax) throw Error(kUnsupportedSqlStructure, "The list of IN is too long.");
    }
    return {sql + ")", ValueType::kBoolean};
  }

  Value Between(const Expression& e) {
    const Value value = Translate(e.children[0]);
    return {fmt::format("({} AND {})", Compare(">=", value, Translate(e.children[1])),
                        Compare("<=", value, Translate(e.children[2]))),
            ValueType::kBoolean};
  }

  Value Case(const Expression& e) {
    std::vector<Value> results;
    std::vector<std::string> conditions;
    for (std::size_t i = 0; i + 1 < e.children.size(); i += 2) {
      conditions.push_back(Truth(Translate(e.children[i])));
      results.push_back(Translate(e.children[i + 1]));
    }
    if (e.children.size() % 2 == 1) results.push_back(Translate(e.children.back()));
    Value out = Unite(results);
    out.sql = "(CASE";
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      out.sql += fmt::format(" WHEN {} THEN {}", conditions[i], results[i].sql);
    }
    if (results.size() > conditions.size()) out.sql += " ELSE " + results.back().sql;
    out.sql += " END)";
    return out;
  }

  Value Cast(const Expression& e) {
    Value value = Translate(e.children[0]);
    // A JSON string is cast as what it says.
    if (value.type == ValueType::kJson || value.type == ValueType::kRecord) {
      value = {fmt::format("({} ->> '$')", value.sql), ValueType::kText};
    }
    const auto as = [&](std::string_view type, ValueType result) -> Value {
      return {fmt::format("CAST({} AS {})", value.sql, type), result};
    };
    if (e.text == "INT" || e.text == "INTEGER") return as("BIGINT", ValueType::kNumber);
    if (e.text == "FLOAT") return as("DOUBLE", ValueType::kNumber);
    if (e.text == "BOOL" || e.text == "BOOLEAN") return as("BOOLEAN", ValueType::kBoolean);
    if (e.text == "STRING" || e.text == "VARCHAR") return {Shown(value), ValueType::kText};
    if (e.text == "TIMESTAMP") {
      if (value.type == ValueType::kTime) return value;
      return {fmt::format("s3_time({})", Text(value)), ValueType::kTime};
    }
    return as(Decimal(e.type_parameters), ValueType::kNumber);
  }

  static std::string Decimal(const std::vector<int>& parameters) {
    constexpr int kPrecision = 38, kScale = 10;
    const int precision = parameters.empty() ? kPrecision : parameters[0];
    const int scale = parameters.empty() ? kScale : parameters.size() > 1 ? parameters[1] : 0;
    if (parameters.size() > 2 || precision < 1 || scale > precision) {
      throw Error(kInvalidDataType, "DECIMAL takes a precision of at least 1 and a scale that is not larger.");
    }
    return fmt::format("DECIMAL({}, {})", precision, scale);
  }

  Value Aggregate(const Expression& e) {
    if (std::any_of(e.children.begin(), e.children.end(), HasAggregate)) {
      throw Error(kUnsupportedSqlStructure, "An aggregate function cannot be inside another one.");
    }
    if (e.children.empty()) return {"count(*)", ValueType::kNumber};
    const Value value = Translate(e.children[0]);
    if (e.text == "COUNT") return {fmt::format("count({})", value.sql), ValueType::kNumber};
    const bool ordered = e.text == "MAX" || e.text == "MIN";
    if (ordered && value.type == ValueType::kTime) return {fmt::format("{}({})", e.text, value.sql), value.type};
    return {fmt::format("{}({})", e.text, NumberOf(value)), ValueType::kNumber};
  }

  Value Function(const Expression& e) {
    const auto found = Functions().find(e.text);
    if (found == Functions().end()) {
      throw Error(kUnsupportedFunction, fmt::format("There is no function {}.", e.text));
    }
    const auto& [min, max, make] = found->second;
    if (e.children.size() < min || e.children.size() > max) {
      throw Error(kEvaluatorInvalidArguments,
                  fmt::format("{} was given {} arguments; it takes {}.", e.text, e.children.size(),
                              min == max ? fmt::format("{}", min) : fmt::format("at least {}", min)));
    }
    std::vector<Value> arguments;
    for (const Expression& child : e.children) arguments.push_back(Translate(child));
    return (this->*make)(e, arguments);
  }

  using Arguments = std::vector<Value>;
  struct FunctionForm {
    std::size_t arguments_min;
    std::size_t arguments_max;
    Value (Translator::*make)(const Expression&, Arguments&);
  };
  static const std::map<std::string_view, FunctionForm>& Functions() {
    static const std::map<std::string_view, FunctionForm> all{
        {"CHAR_LENGTH", {1, 1, &Translator::CharLength}},   {"CHARACTER_LENGTH", {1, 1, &Translator::CharLength}},
        {"LOWER", {1, 1, &Translator::ChangeCase}},         {"UPPER", {1, 1, &Translator::ChangeCase}},
        {"SUBSTRING", {2, 3, &Translator::Substring}},      {"TRIM BOTH", {2, 2, &Translator::TrimText}},
        {"TRIM LEADING", {2, 2, &Translator::TrimText}},    {"TRIM TRAILING", {2, 2, &Translator::TrimText}},
        {"COALESCE", {1, 100, &Translator::Coalesce}},      {"NULLIF", {2, 2, &Translator::NullIf}},
        {"DATE_ADD", {3, 3, &Translator::DateAdd}},         {"DATE_DIFF", {3, 3, &Translator::DateDiff}},
        {"EXTRACT", {2, 2, &Translator::Extract}},          {"TO_STRING", {2, 2, &Translator::FormatTime}},
        {"TO_TIMESTAMP", {1, 1, &Translator::ToTimestamp}}, {"UTCNOW", {0, 0, &Translator::UtcNow}},
    };
    return all;
  }

  Value CharLength(const Expression&, Arguments& a) {
    return {fmt::format("length({})", Text(a[0])), ValueType::kNumber};
  }
  Value ChangeCase(const Expression& e, Arguments& a) {
    return {fmt::format("{}({})", Lower(e.text), Text(a[0])), ValueType::kText};
  }
  Value Substring(const Expression&, Arguments& a) {
    const std::string begin = fmt::format("CAST({} AS BIGINT)", NumberOf(a[1]));
    const std::string count = a.size() > 2 ? fmt::format("CAST({} AS BIGINT)", NumberOf(a[2])) : "4294967296";
    return {fmt::format("s3_substring({}, {}, {})", Text(a[0]), begin, count), ValueType::kText};
  }
  Value TrimText(const Expression& e, Arguments& a) {
    const char* const function = e.text == "TRIM BOTH" ? "trim" : e.text == "TRIM LEADING" ? "ltrim" : "rtrim";
    return {fmt::format("{}({}, {})", function, Text(a[0]), Text(a[1])), ValueType::kText};
  }
  Value Coalesce(const Expression&, Arguments& a) {
    Value out = Unite(a);
    for (const Value& value : a) {
      const bool json = value.type == ValueType::kJson;  // Its null is null as well.
      out.sql += fmt::format("{}{}", out.sql.empty() ? "coalesce(" : ", ",
                             json ? fmt::format("s3_not_null({})", value.sql) : value.sql);
    }
    out.sql += ")";
    return out;
  }
  Value NullIf(const Expression&, Arguments& a) {
    return {fmt::format("(CASE WHEN {} THEN NULL ELSE {} END)", Compare("=", a[0], a[1]), a[0].sql), a[0].type};
  }
  Value DateAdd(const Expression& e, Arguments& a) {
    return {fmt::format("({} + to_{}s(CAST({} AS {})))", Time(a[2]), e.children[0].text, NumberOf(a[1]),
                        IntervalType(e.children[0].text)),
            ValueType::kTime};
  }
  static std::string_view IntervalType(std::string_view part) {
    if (part == "second") return "DOUBLE";
    return part == "hour" || part == "minute" ? "BIGINT" : "INTEGER";
  }
  // Whole units that have gone by.
  Value DateDiff(const Expression& e, Arguments& a) {
    return {fmt::format("date_sub('{}', {}, {})", e.children[0].text, Time(a[1]), Time(a[2])), ValueType::kNumber};
  }
  Value Extract(const Expression& e, Arguments& a) {
    return {fmt::format("date_part('{}', {})", e.children[0].text, Time(a[1])), ValueType::kNumber};
  }
  Value FormatTime(const Expression& e, Arguments& a) {
    if (e.children[1].kind != Kind::kString) {
      throw Error(kEvaluatorInvalidArguments, "The format of TO_STRING must be a string in quotes.");
    }
    return {fmt::format("strftime({}, {})", Time(a[0]), Literal(ToStrftime(e.children[1].text))), ValueType::kText};
  }
  Value ToTimestamp(const Expression&, Arguments& a) {
    return {fmt::format("s3_time({})", Text(a[0])), ValueType::kTime};
  }
  Value UtcNow(const Expression&, Arguments&) { return {"CAST(now() AS TIMESTAMP)", ValueType::kTime}; }

  const Query& query_;
  const Source& source_;
};

}  // namespace

int HighestPosition(const Query& query) {
  int out = query.where ? HighestPositionIn(*query.where) : 0;
  for (const Projection& projection : query.projections) out = std::max(out, HighestPositionIn(projection.value));
  return out;
}

Translation Translate(const Query& query, const Source& source) { return Translator(query, source).Run(); }

}  // namespace sagebrush::select
