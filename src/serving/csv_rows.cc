#include <fmt/format.h>

#include "base/error.h"
#include "serving/number_text.h"
#include "serving/request_rows.h"

namespace sagebrush::serving {
namespace {

std::string Shorten(std::string_view text) {
  return text.size() > 40 ? std::string(text.substr(0, 37)) + "..." : std::string(text);
}

// The first of comma, semicolon, tab, bar and blank between the numbers of the first line.
char FindDelimiter(std::string_view body) {
  const std::string_view line = body.substr(0, body.find('\n'));
  for (const char c : {',', ';', '\t', '|', ' '}) {
    if (line.find(c) != std::string_view::npos) return c;
  }
  return ',';
}

// Reads the cells of a line; returns how many.
std::size_t ReadLine(std::string_view line, char delimiter, algorithms::Features& rows) {
  std::size_t column = 0;
  for (;;) {
    const std::size_t end = line.find(delimiter);
    const std::string_view cell = line.substr(0, end);
    float value = 0;
    if (!ParseFeature(cell, value)) {
      throw Error(kValidation,
                  fmt::format("row {}, column {}: '{}' is not a finite number. Send rows of numbers without "
                              "a header.",
                              rows.rows + 1, column + 1, Shorten(cell)));
    }
    rows.values.push_back(value);
    ++column;
    if (end == std::string_view::npos) return column;
    line.remove_prefix(end + 1);
  }
}

}  // namespace

void ReadCsvRows(std::string_view body, algorithms::Features& rows) {
  if (body.empty()) throw Error(kValidation, "the body has no rows.");
  const char delimiter = FindDelimiter(body);
  for (;;) {
    const std::size_t end = body.find('\n');
    const std::size_t columns = ReadLine(body.substr(0, end), delimiter, rows);
    if (rows.rows == 0) rows.columns = columns;
    if (columns != rows.columns) {
      throw Error(kValidation, fmt::format("row {} has {} columns where row 1 has {}. Send rows of one length.",
                                           rows.rows + 1, columns, rows.columns));
    }
    ++rows.rows;
    if (end == std::string_view::npos) return;
    body.remove_prefix(end + 1);
  }
}

}  // namespace sagebrush::serving
