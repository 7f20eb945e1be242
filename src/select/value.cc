#include "select/value.h"

#include <fmt/format.h>

#include "select/select_errors.h"

namespace sagebrush::select {

std::string NumberOf(const Value& value, bool strictly) {
  switch (value.type) {
    case ValueType::kNumber:
    case ValueType::kNull:
      return value.sql;
    case ValueType::kText:
      return fmt::format("{}({} AS DOUBLE)", strictly ? "CAST" : "TRY_CAST", value.sql);
    case ValueType::kJson:
    case ValueType::kRecord:
      return fmt::format("s3_number({})", value.sql);
    default:
      throw Error(kInvalidDataType, "A number is needed where the SQL expression has a boolean or a timestamp.");
  }
}

std::string Text(const Value& value) {
  switch (value.type) {
    case ValueType::kText:
    case ValueType::kNull:
      return value.sql;
    case ValueType::kJson:
    case ValueType::kRecord:
      return fmt::format("s3_text({})", value.sql);
    default:
      throw Error(kInvalidDataType, "A string is needed where the SQL expression has another type: use CAST.");
  }
}

std::string Truth(const Value& value) {
  switch (value.type) {
    case ValueType::kBoolean:
      return value.sql;
    case ValueType::kNull:
      return "CAST(NULL AS BOOLEAN)";
    case ValueType::kText:
      return fmt::format("TRY_CAST({} AS BOOLEAN)", value.sql);
    case ValueType::kJson:
    case ValueType::kRecord:
      return fmt::format("s3_truth({})", value.sql);
    default:
      throw Error(kInvalidDataType, "A boolean is needed where the SQL expression has another type.");
  }
}

std::string Time(const Value& value) {
  if (value.type == ValueType::kTime || value.type == ValueType::kNull) return value.sql;
  throw Error(kInvalidDataType, "A timestamp is needed where the SQL expression has another type: use TO_TIMESTAMP.");
}

std::string Compare(std::string_view op, const Value& left, const Value& right) {
  const auto either = [&](ValueType type) { return left.type == type || right.type == type; };
  const auto join = [&](const std::string& a, const std::string& b) { return fmt::format("({} {} {})", a, op, b); };
  if (either(ValueType::kNull)) return "CAST(NULL AS BOOLEAN)";
  if (either(ValueType::kTime)) return join(Time(left), Time(right));
  if (either(ValueType::kNumber)) return join(NumberOf(left, false), NumberOf(right, false));
  if (either(ValueType::kBoolean)) return join(Truth(left), Truth(right));
  if (either(ValueType::kText)) return join(Text(left), Text(right));
  return fmt::format("coalesce({}, {}, {})", join(NumberOf(left), NumberOf(right)), join(Text(left), Text(right)),
                     join(Truth(left), Truth(right)));
}

Value IsNull(const Value& value) {
  if (value.type != ValueType::kJson) return {fmt::format("({} IS NULL)", value.sql), ValueType::kBoolean};
  return {fmt::format("(coalesce(json_type({}), 'NULL') = 'NULL')", value.sql), ValueType::kBoolean};
}

Value Unite(std::vector<Value>& values) {
  ValueType type = ValueType::kNull;
  for (const Value& value : values) {
    if (value.type == ValueType::kNull) continue;
    type = type == ValueType::kNull || type == value.type ? value.type : ValueType::kJson;
  }
  for (Value& value : values) {
    if (type == ValueType::kJson && value.type != type && value.type != ValueType::kNull) {
      value.sql = fmt::format("to_json({})", value.sql);
    }
  }
  return {"", type};
}

std::string Shown(const Value& value) {
  switch (value.type) {
    case ValueType::kText:
      return value.sql;
    case ValueType::kTime:
      return fmt::format("s3_shown({})", value.sql);
    case ValueType::kRecord:
      return fmt::format("CAST(json({}) AS VARCHAR)", value.sql);
    default:
      return fmt::format("CAST({} AS VARCHAR)", value.sql);
  }
}

std::string_view Prelude() {
  return R"sql(
CREATE MACRO s3_number(j) AS CASE WHEN json_type(j) IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN CAST(j AS DOUBLE) END;
CREATE MACRO s3_text(j) AS CASE WHEN json_type(j) = 'VARCHAR' THEN j ->> '$' END;
CREATE MACRO s3_truth(j) AS CASE WHEN json_type(j) = 'BOOLEAN' THEN CAST(j AS BOOLEAN) END;
CREATE MACRO s3_not_null(j) AS CASE WHEN json_type(j) <> 'NULL' THEN j END;
CREATE MACRO s3_some(l) AS CASE WHEN coalesce(len(l), 0) = 0 THEN [NULL] ELSE l END;
CREATE MACRO s3_member(j, name) AS
  json_extract(j, '/' || replace(replace(list_filter(json_keys(j), lambda k: lower(k) = name)[1], '~', '~0'), '/', '~1'));
CREATE MACRO s3_substring(s, a, n) AS substring(s, greatest(a, 1), greatest(0, least(a, 4294967296) + n - greatest(a, 1)));
CREATE MACRO s3_time(s) AS CAST(CAST(
  CASE WHEN regexp_full_match(s, '\d{4}T') THEN s[1:4] || '-01-01'
       WHEN regexp_full_match(s, '\d{4}-\d{2}T') THEN s[1:7] || '-01'
       ELSE rtrim(regexp_replace(s, '(T\d\d:\d\d)(Z|[+-]\d\d:\d\d)?$', '\1:00\2'), 'T') END AS TIMESTAMPTZ) AS TIMESTAMP);
CREATE MACRO s3_shown(t) AS regexp_replace(strftime(t, '%Y-%m-%dT%H:%M:%S.%f'), '\.?0*$', '') || 'Z';
)sql";
}

std::string Literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\0') throw Error(kLexerInvalidLiteral, "A literal has a NUL.");
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

}  // namespace sagebrush::select
