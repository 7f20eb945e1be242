#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "select/query.h"
#include "select/value.h"

namespace sagebrush::select {

enum class SourceFormat { kCsv, kJson, kParquet };

struct Column {
  std::string name{};  // Empty: it has only its position.
  ValueType type = ValueType::kText;
  std::string sql{};  // Of DuckDB: how it is read.
};

// Where the records come from.
struct Source {
  SourceFormat format = SourceFormat::kCsv;
  std::vector<Column> columns{};  // Of CSV and Parquet.
  std::string table{};            // Of DuckDB: a table function's call, made by us; of JSON its column is `json`.
};

struct OutputColumn {
  std::string name;
  ValueType type = ValueType::kText;
};

// A query of DuckDB; each of its columns is a VARCHAR.
struct Translation {
  std::string sql;
  std::vector<OutputColumn> columns;
};

// The highest N of _N in the query; 0: none. Of CSV without a header it says how many columns are wanted.
// Throws OverMaxColumn.
int HighestPosition(const Query& query);

// Writes `query` in DuckDB's SQL. The text is made of what this file has: of the user's there are only numbers, names
// that were looked up in `source`, and literals in quotes. Throws Error with a kind of select_errors.h.
Translation Translate(const Query& query, const Source& source);

}  // namespace sagebrush::select
