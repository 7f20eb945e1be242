#pragma once

#include <algorithm>
#include <array>
#include <string_view>

// Words of S3's dialect, in lower case.
namespace sagebrush::select {

// That name nothing unless in double quotes.
inline constexpr std::array<std::string_view, 24> kReserved{
    "select", "from", "where", "limit", "and", "or",   "not", "in",   "is",      "like", "between", "escape",
    "case",   "when", "then",  "else",  "end", "cast", "as",  "null", "missing", "true", "false",   "join"};
inline constexpr std::array<std::string_view, 5> kAggregates{"avg", "count", "max", "min", "sum"};
inline constexpr std::array<std::string_view, 7> kDateParts{"year",   "month",  "day",          "hour",
                                                            "minute", "second", "timezone_hour"};
inline constexpr std::array<std::string_view, 10> kTypes{"bool",    "boolean", "int",     "integer", "string",
                                                         "varchar", "float",   "decimal", "numeric", "timestamp"};

template <std::size_t N>
bool Contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace sagebrush::select
