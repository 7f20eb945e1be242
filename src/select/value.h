#pragma once

#include <string>
#include <string_view>
#include <vector>

// Values of S3's dialect as pieces of DuckDB's SQL, and what one type is as another. All throw Error(kInvalidDataType)
// where a value surely is no such thing.
namespace sagebrush::select {

// What a value is, as far as it is known before a record is read.
enum class ValueType {
  kNull,
  kText,
  kNumber,
  kBoolean,
  kTime,    // In UTC.
  kJson,    // A JSON value of any type; known with each record.
  kRecord,  // A whole JSON document.
};

// Always one operand.
struct Value {
  std::string sql;
  ValueType type = ValueType::kNull;
};

// `strictly`: a string that is no number ends the query; else it is NULL.
std::string NumberOf(const Value& value, bool strictly = true);
std::string Text(const Value& value);
std::string Truth(const Value& value);
std::string Time(const Value& value);
// As the type that one of the two surely has; a value that cannot be read as that is like no other.
std::string Compare(std::string_view op, const Value& left, const Value& right);
Value IsNull(const Value& value);
// Makes all of one type, which it returns: values of several are JSON, each as what it is.
Value Unite(std::vector<Value>& values);
// As a VARCHAR.
std::string Shown(const Value& value);

// Statements that DuckDB runs once before what is above can be run.
std::string_view Prelude();

// `text` as a literal of DuckDB.
std::string Literal(std::string_view text);

}  // namespace sagebrush::select
